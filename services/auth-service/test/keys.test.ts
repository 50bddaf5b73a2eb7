import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterEach, expect, test } from 'vitest';
import { systemCaller } from '../src/caller.ts';
import {
  auditTypes,
  createDatabase,
  type Instance,
  ISSUER,
  KEY_ENCRYPTION_KEY,
  startAuthService,
  startInstance,
  testClock,
} from './harness.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function start(env: Record<string, string> = {}) {
  const clock = testClock();
  const auth = await startAuthService({ env, now: clock.now });
  running.push(auth);
  return { auth, clock };
}

const published = async (instance: Pick<Instance, 'request'>) =>
  (await instance.request('GET /.well-known/jwks.json')).body.keys as {
    kid: string;
    alg: string;
  }[];
const kidOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
const loginToken = async (instance: Instance, username = 'wangerge') =>
  (await instance.login(username)).body.access_token as string;
const isAccepted = async (instance: Instance, token: string) =>
  (await instance.request('GET /users/me', { token })).status === 200;

test('published keys: no private members, cacheable, one signs and one is next', async () => {
  const { auth } = await start();
  const { headers, body } = await auth.request('GET /.well-known/jwks.json');
  expect(headers.get('cache-control')).toBe('public, max-age=300');
  expect(body.keys).toHaveLength(2);
  for (const key of body.keys) {
    expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  }
  const rows = await auth.db.signingKey.findMany();
  for (const { sealedKey } of rows) {
    expect(Buffer.from(sealedKey ?? []).includes(Buffer.from('2a8648ce3d0301', 'hex'))).toBe(false);
  }
});

test('instances that start at once agree on one key set', async () => {
  const scratch = await createDatabase();
  const instances = await Promise.all(Array.from({ length: 4 }, () => startInstance(scratch.url)));
  const sets = await Promise.all(instances.map(published));
  const active = new Set(instances.map((instance) => instance.keys?.ring.current()?.active.id));
  for (const instance of instances) await instance.stop();
  await scratch.drop();
  expect(new Set(sets.map((keys) => JSON.stringify(keys))).size).toBe(1);
  expect(active.size).toBe(1);
});

test('by hand: refused until the next key is known, then it signs and the old one still verifies', async () => {
  const { auth, clock } = await start();
  const admin = await auth.adminToken();
  const before = await loginToken(auth);
  const early = await auth.request('POST /admin/keys/rotation', { token: admin });
  expect([early.status, early.body.code]).toEqual([409, 'key_not_ready']);
  clock.forwardSeconds(3_600);
  const again = await auth.adminToken();
  const nextKid = (await auth.request('GET /admin/keys', { token: again })).body.find(
    (key: { state: string }) => key.state === 'next',
  ).id;
  expect((await auth.request('POST /admin/keys/rotation', { token: again })).status).toBe(204);
  const after = await loginToken(auth);
  expect(kidOf(after)).toBe(nextKid);
  expect(await published(auth)).toHaveLength(3);
  const keys = createLocalJWKSet({ keys: (await published(auth)) as never });
  const currentDate = new Date(clock.now() - 3_500_000);
  await jwtVerify(before, keys, { issuer: ISSUER, currentDate });
  expect(await isAccepted(auth, after)).toBe(true);
});

test('never more keys than a verifier reads: refused, until some have expired', async () => {
  const { auth, clock } = await start({ KEY_PUBLISH_AHEAD_SECONDS: '0' });
  const token = await auth.adminToken();
  const rotate = (by: string) => auth.request('POST /admin/keys/rotation', { token: by });
  for (let keys = 2; keys < 100; keys++) expect((await rotate(token)).status).toBe(204);
  const refused = await rotate(token);
  expect([refused.status, refused.body.code]).toEqual([409, 'too_many_keys']);
  expect(await published(auth)).toHaveLength(100);
  expect(await isAccepted(auth, await loginToken(auth))).toBe(true);

  clock.forwardSeconds(1_500);
  expect((await rotate(await auth.adminToken())).status).toBe(204);
  expect(await published(auth)).toHaveLength(3);
});

test('on schedule: rotates after its time, and the retired key goes after its last token', async () => {
  const { auth, clock } = await start();
  const first = kidOf(await loginToken(auth));
  clock.forwardSeconds(30 * 86_400);
  await auth.keys?.ring.refresh();
  const second = await loginToken(auth);
  expect(kidOf(second)).not.toBe(first);
  expect((await published(auth)).map(({ kid }) => kid)).toContain(first);
  clock.forwardSeconds(1_499);
  await auth.keys?.ring.refresh();
  expect((await published(auth)).map(({ kid }) => kid)).toContain(first);
  clock.forwardSeconds(1);
  await auth.keys?.ring.refresh();
  expect((await published(auth)).map(({ kid }) => kid)).not.toContain(first);
  expect(await auth.db.signingKey.findUnique({ where: { id: first } })).toMatchObject({
    state: 'gone',
    sealedKey: null,
  });
  expect(await auditTypes(auth, 'key.')).toEqual([
    'key.created',
    'key.created',
    'key.retired',
    'key.activated',
    'key.created',
    'key.removed',
  ]);
});

test('emergency: a compromised key is refused at once, here and by every instance', async () => {
  const { auth } = await start();
  const other = await startInstance(auth.scratch.url);
  running.push(other);
  const stolen = await loginToken(auth);
  const admin = await auth.adminToken();
  const kid = kidOf(stolen);
  expect((await auth.request(`DELETE /admin/keys/${kid}`, { token: admin })).status).toBe(204);
  expect(await isAccepted(auth, stolen)).toBe(false);
  expect(await isAccepted(auth, await loginToken(auth))).toBe(true);
  await other.keys?.ring.refresh();
  expect(await isAccepted(other, stolen)).toBe(false);
  expect((await published(other)).map((key) => key.kid)).not.toContain(kid);
  const again = await auth.request(`DELETE /admin/keys/${kid}`, {
    token: await auth.adminToken(),
  });
  expect([again.status, again.body.code]).toEqual([404, 'key_not_found']);
});

test('another algorithm is a rotation like any other', async () => {
  const { auth, clock } = await start();
  clock.forwardSeconds(1);
  for (const algorithm of ['RS256', 'EdDSA']) {
    const moved = await startInstance(auth.scratch.url, {
      env: { JWT_ALG: algorithm },
      now: clock.now,
    });
    running.push(moved);
    expect((await published(moved)).some(({ alg }) => alg === algorithm)).toBe(true);
    clock.forwardSeconds(3_600);
    await moved.keys?.ring.refresh();
    const token = await loginToken(moved);
    expect(JSON.parse(atob(token.split('.')[0] ?? '')).alg).toBe(algorithm);
    expect(await isAccepted(moved, token)).toBe(true);
    await auth.keys?.ring.refresh();
    expect(await isAccepted(auth, token)).toBe(true);
    clock.forwardSeconds(1);
  }
});

test('the key-encryption key can be changed', async () => {
  const { auth } = await start();
  const kid = kidOf(await loginToken(auth));
  const env = { KEY_ENCRYPTION_KEY: 'cd'.repeat(32) };
  await expect(startInstance(auth.scratch.url, { env })).rejects.toThrow(
    'KEY_ENCRYPTION_KEY: is not',
  );
  const previous = { ...env, KEY_ENCRYPTION_KEY_PREVIOUS: KEY_ENCRYPTION_KEY };
  const changed = await startInstance(auth.scratch.url, { env: previous });
  running.push(changed);
  expect(kidOf(await loginToken(changed))).toBe(kid);
  const without = await startInstance(auth.scratch.url, { env });
  running.push(without);
  expect(kidOf(await loginToken(without))).toBe(kid);
  await auth.keys?.ring.refresh();
  expect(await isAccepted(auth, await loginToken(auth))).toBe(true);
});

test('an instance without the new key-encryption key publishes the new keys and signs with the old', async () => {
  const { auth, clock } = await start();
  const kid = kidOf(await loginToken(auth));
  const env = {
    KEY_ENCRYPTION_KEY: 'cd'.repeat(32),
    KEY_ENCRYPTION_KEY_PREVIOUS: KEY_ENCRYPTION_KEY,
  };
  const changed = await startInstance(auth.scratch.url, { env, now: clock.now });
  running.push(changed);
  for (let rotation = 0; rotation < 2; rotation++) {
    clock.forwardSeconds(3_600);
    await changed.keys?.operations.rotate({ actor: 'admin', caller: systemCaller });
    await changed.keys?.ring.refresh();
    if (rotation === 0) {
      await auth.keys?.ring.refresh();
      expect(kidOf(await loginToken(auth))).toBe(kid);
      expect(await published(auth)).toEqual(await published(changed));
      expect(await isAccepted(auth, await loginToken(changed))).toBe(true);
    }
  }
  await expect(auth.keys?.ring.refresh()).rejects.toThrow('KEY_ENCRYPTION_KEY: is not');
  const { status, headers } = await auth.login('wangerge');
  expect([status, headers.get('retry-after')]).toEqual([503, '2']);
});

test('keys 401 and 403: administration needs the scope and the role', async () => {
  const { auth } = await start();
  expect((await auth.request('GET /admin/keys')).status).toBe(401);
  expect((await auth.request('GET /admin/keys', { token: await loginToken(auth) })).status).toBe(
    403,
  );
  const { body } = await auth.login('admin', { scope: 'account:read' });
  expect((await auth.request('GET /admin/keys', { token: body.access_token })).status).toBe(403);
});
