import { createVerifier } from '@latchkey/jwt-verify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type AuthService,
  type Instance,
  ISSUER,
  startAuthService,
  startInstance,
} from './harness.ts';

/** Longer than the verifiers below keep a key set, as in production an hour is longer than theirs. */
const env = { KEY_PUBLISH_AHEAD_SECONDS: '2', REFRESHES_PER_ADDRESS: '1000000' };
const rotations = Number(process.env.ROTATIONS ?? 2);

let auth: AuthService;
let other: Instance;
beforeAll(async () => {
  auth = await startAuthService({ env });
  other = await startInstance(auth.scratch.url, { env });
});
afterAll(async () => {
  await other.stop();
  await auth.stop();
});

test(
  'rotations under load from two instances: no verifier refuses a token',
  async () => {
    const instances = [auth, other];
    const verifiers = instances.map(({ url }) =>
      createVerifier({
        issuer: ISSUER,
        audience: 'todo-service',
        algorithms: ['ES256'],
        // An unknown kid is not asked about: a key that is known in time needs no second look.
        keys: { url: `${url}/.well-known/jwks.json`, maxAgeSeconds: 1, cooldownSeconds: 3_600 },
      }),
    );
    await Promise.all(verifiers.map((verifier) => verifier.ready()));
    const kids = new Set<unknown>();
    const refusals: unknown[] = [];
    let accepted = 0;
    let running = true;
    const load = async (instance: Instance) => {
      let { refresh_token } = (await instance.login('wangerge')).body;
      while (running) {
        const form = { grant_type: 'refresh_token', refresh_token };
        const { status, body } = await instance.request('POST /token', { form });
        if (status !== 200) return void refusals.push(status);
        refresh_token = body.refresh_token;
        for (const verifier of verifiers) {
          await verifier.verify(body.access_token).then(
            (token) => {
              kids.add(token.header.kid);
              accepted += 1;
            },
            (error: Error) => refusals.push(error.message),
          );
        }
      }
    };
    const rotate = async (instance: Instance) => {
      const token = await instance.adminToken();
      const before = kids.size;
      await expect
        .poll(async () => (await instance.request('POST /admin/keys/rotation', { token })).status, {
          timeout: 15_000,
          interval: 100,
        })
        .toBe(204);
      await expect.poll(() => kids.size, { timeout: 5_000 }).toBeGreaterThan(before);
    };

    const loading = Promise.all(instances.map(load));
    for (let n = 0; n < rotations; n++) await rotate(instances[n % 2] as Instance);
    running = false;
    await loading;
    for (const verifier of verifiers) verifier.close();
    expect(refusals).toEqual([]);
    expect(kids.size).toBe(rotations + 1);
    expect(accepted).toBeGreaterThan(20);
  },
  20_000 + rotations * 10_000,
);
