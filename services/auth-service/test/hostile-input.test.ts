import { walkHostileClaims, walkHostileInput } from '@latchkey/service-kit/testing/hostile-walk';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, type Env, ISSUER, startAuthService } from './harness.ts';
import { addClients, TOKEN_EXCHANGE } from './test-clients.ts';

const NO_LIMITS: Env = {
  LOGIN_FREE_FAILURES: '1000',
  LOGIN_FAILURES_PER_ACCOUNT: '100000',
  LOGIN_FAILURES_PER_ADDRESS: '100000',
  REGISTRATIONS_PER_ADDRESS: '1000000',
  REFRESHES_PER_ADDRESS: '1000000',
  HASH_QUEUE: '10000',
};
const SECRET = 'a shared secret of more than 32 bytes, for tests';

let auth: AuthService;
let privateKey: Awaited<ReturnType<typeof addClients>>['privateKey'];
beforeAll(async () => {
  auth = await startAuthService({ env: NO_LIMITS });
  ({ privateKey } = await addClients(auth));
});
afterAll(() => auth.stop());

const CLIENT_MEMBERS = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type'];
const TOKEN_MEMBERS = [
  ...['scope', 'resource', 'audience', 'refresh_token', 'subject_token', 'subject_token_type'],
  ...['actor_token', 'actor_token_type', 'requested_token_type', 'code', 'redirect_uri'],
  ...['code_verifier', 'device_code', 'assertion', 'token', 'nonce', 'login_hint'],
];

/** With a signature that is good and claims that are not what they should be. */
const assertion = (claims: Record<string, unknown>) =>
  new SignJWT({ jti: crypto.randomUUID(), ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer('support-service')
    .setSubject('support-service')
    .setAudience(ISSUER)
    .setExpirationTime('1m')
    .sign(privateKey);

const hostileJtis = ['\0', 'a\0', '\ud800', 'x'.repeat(5_000), '', 1, {}, [], ['\0'], null, true];

const token = async (username: string, scope: string) =>
  (await auth.login(username, { scope })).body.access_token as string;

async function walk(samples: Record<string, unknown>) {
  const assertions = await Promise.all(hostileJtis.map((jti) => assertion({ jti })));
  const { id: userId } = await auth.db.user.findUniqueOrThrow({ where: { username: 'agent' } });
  return walkHostileInput({
    url: auth.url,
    document: (await auth.request('GET /openapi.json')).body,
    tokens: {
      person: () => token('wangerge', 'account:read account:write'),
      admin: () => token('admin', 'admin'),
    },
    members: {
      'POST /token': [...CLIENT_MEMBERS, ...TOKEN_MEMBERS],
      'POST /revoke': CLIENT_MEMBERS,
      'POST /introspect': CLIENT_MEMBERS,
    },
    values: { client_assertion: assertions },
    samples: {
      id: userId,
      'DELETE /admin/users/{id} id': 2_147_483_647,
      'DELETE /sessions/{id} id': crypto.randomUUID(),
      current_password: 'not their password',
      new_password: 'another long password',
      authentication: 'private_key_jwt',
      jwks: { keys: [{ kty: 'EC', alg: 'ES256', crv: 'P-256', x: 'AA', y: 'AA' }] },
      grant_types: ['client_credentials'],
      scopes: ['todo:read'],
      redirect_uris: ['https://app.example/done'],
      ...samples,
    },
  });
}

test('no input of any route is an error of ours', async () => {
  const { answers, faults } = await walk({ username: 'wangerge', password: 'not their password' });
  expect(faults).toEqual([]);
  for (const status of [200, 201, 204, 400, 401, 403, 404, 413, 415]) {
    expect(answers[status] ?? 0, `answers with status ${status}`).toBeGreaterThan(0);
  }
}, 240_000);
