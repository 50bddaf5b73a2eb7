import { createHmac } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, ISSUER, startAuthService } from './harness.ts';

const JWT_SECRET = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const key = new TextEncoder().encode(JWT_SECRET);

let standard: AuthService;
let minimal: AuthService;
beforeAll(async () => {
  const env = { JWT_ALG: 'HS256', JWT_SECRET };
  standard = await startAuthService({ env });
  minimal = await startAuthService({ env: { ...env, TOKEN_PROFILE: 'minimal' } });
});
afterAll(() => Promise.all([standard.stop(), minimal.stop()]));

test('HS256: an RFC 9068 token under the text of the secret, and no keys are published', async () => {
  const { body } = await standard.login('wangerge');
  const { payload, protectedHeader } = await jwtVerify(body.access_token, key, { issuer: ISSUER });
  expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'at+jwt' });
  expect(payload).toMatchObject({ sub: 'wangerge', id: 1, roles: ['user'] });
  expect((await standard.request('GET /.well-known/jwks.json')).body).toEqual({ keys: [] });
  const me = await standard.request('GET /users/me', { token: body.access_token });
  expect(me.status).toBe(200);
});

test('HS256: the metadata offers no ID tokens; what is there is said', async () => {
  const read = async (one: AuthService) =>
    (await one.request('GET /.well-known/openid-configuration')).body;
  const [full, tutorial] = [await read(standard), await read(minimal)];
  for (const metadata of [full, tutorial]) {
    expect(metadata).not.toHaveProperty('id_token_signing_alg_values_supported');
  }
  expect(full.claims_supported).toEqual(['sub', 'preferred_username', 'email', 'email_verified']);
  expect(full.introspection_endpoint).toBe(`${ISSUER}/introspect`);
  expect(tutorial).not.toHaveProperty('introspection_endpoint');
});

test('HS256: the key routes answer that there are no keys', async () => {
  const token = await standard.adminToken();
  const answer = await standard.request('GET /admin/keys', { token });
  expect([answer.status, answer.body.code]).toEqual([409, 'no_signing_keys']);
});

test('HS256: no client is registered for logout tokens, which nobody could send', async () => {
  const token = await standard.adminToken();
  const backchannel_logout_uri = 'https://planner.example/logout';
  const client = {
    client_id: 'planner',
    name: 'Planner',
    authentication: 'client_secret_basic',
    grant_types: ['authorization_code'],
    scopes: ['openid'],
    redirect_uris: ['https://planner.example/cb'],
  };
  const register = (json: object) => standard.request('POST /admin/clients', { token, json });
  const refused = await register({ ...client, backchannel_logout_uri });
  expect([refused.status, refused.body.code]).toEqual([409, 'no_backchannel_logout']);
  expect(refused.body.detail).toContain('Leave out backchannel_logout_uri');
  expect((await register(client)).status).toBe(201);
  const change = (json: object) =>
    standard.request('PATCH /admin/clients/planner', { token, json });
  const changed = await change({ backchannel_logout_uri });
  expect([changed.status, changed.body.code]).toEqual([409, 'no_backchannel_logout']);
  expect((await change({ backchannel_logout_uri: null })).status).toBe(200);
});

test("minimal: exactly the tutorial's token", async () => {
  const { body } = await minimal.login('wangerge');
  const { access_token: token } = body;
  const header = Buffer.from(token.split('.')[0], 'base64url').toString();
  expect(header).toBe('{"alg":"HS256","typ":"JWT"}');
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT' });
  const claims = decodeJwt(token);
  expect(claims).toEqual({ sub: 'wangerge', id: 1, exp: expect.any(Number) });
  const mac = createHmac('sha256', JWT_SECRET).update(token.split('.').slice(0, 2).join('.'));
  expect(token.split('.')[2]).toBe(mac.digest('base64url'));
});

test('minimal: a token of any holder of the secret opens the profile, never the administration', async () => {
  const token = await new SignJWT({
    sub: 'wangerge',
    id: 1,
    roles: ['admin'],
    scope: 'account:read',
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setExpirationTime('5m')
    .sign(key);
  expect((await minimal.request('GET /users/me', { token })).status).toBe(200);
  expect((await minimal.request('GET /admin/keys', { token })).status).toBe(403);
});

test.each<[string, object, number]>([
  ['our own iss and aud', { iss: ISSUER, aud: 'auth-service' }, 200],
  ["another service's aud", { aud: 'todo-service' }, 401],
  ["another login's iss", { iss: 'https://login.example' }, 401],
])('minimal: a token with %s', async (_name, claims, status) => {
  const token = await new SignJWT({ sub: 'wangerge', id: 1, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setExpirationTime('5m')
    .sign(key);
  expect((await minimal.request('GET /users/me', { token })).status).toBe(status);
});

test('minimal: what needs more than sub and id is off', async () => {
  const { body } = await minimal.request('GET /.well-known/openid-configuration');
  expect(body.grant_types_supported).not.toContain(
    'urn:ietf:params:oauth:grant-type:token-exchange',
  );
});
