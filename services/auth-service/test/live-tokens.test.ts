import { hashOf } from '@latchkey/service-kit/http/secrets';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, ISSUER, startAuthService, startInstance } from './harness.ts';
import { addClients, SECRET, TOKEN_EXCHANGE } from './test-clients.ts';

const JWT_SECRET = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const HS256 = { JWT_ALG: 'HS256', JWT_SECRET };
const AWAY = 'postgresql://x:y@127.0.0.1:1/x';

let auth: AuthService;
let shared: AuthService;
let minimal: AuthService;
beforeAll(async () => {
  auth = await startAuthService();
  await addClients(auth);
  shared = await startAuthService({ env: HS256 });
  minimal = await startAuthService({ env: { ...HS256, TOKEN_PROFILE: 'minimal' } });
});
afterAll(() => Promise.all([auth.stop(), shared.stop(), minimal.stop()]));

/** What any holder of the shared secret can make. */
const made = (claims: object, typ = 'JWT') =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256', typ })
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(JWT_SECRET));
const madeHere = (claims: object) =>
  made({ iss: ISSUER, aud: ['auth-service'], scope: 'account:read', ...claims }, 'at+jwt');

const place = (issuer: string, list: number | string, idx: number) => ({
  status_list: { idx, uri: `${issuer}/status-lists/${list}` },
});

async function ask(service: AuthService, token: string, request = 'GET /users/me') {
  const { status, body } = await service.request(request, { token });
  return [status, body.code];
}

async function machineToken(scopes: string[], scope: string) {
  await auth.store.clients.create({
    id: 'night-job',
    name: 'Night job',
    authentication: 'client_secret_post',
    secretHash: hashOf(SECRET),
    jwks: undefined,
    grantTypes: ['client_credentials'],
    scopes,
    redirectUris: [],
    firstParty: false,
    audience: null,
  });
  const form = { grant_type: 'client_credentials', client_id: 'night-job', client_secret: SECRET };
  const { body } = await auth.request('POST /token', { form: { ...form, scope } });
  return body.access_token as string;
}
const change = (data: object) => auth.db.client.update({ where: { id: 'night-job' }, data });

test('a client: its token ends when it is disabled, and does less when it may do less', async () => {
  const token = await machineToken(['account:read', 'admin'], 'account:read admin');
  expect(await ask(auth, token)).toEqual([403, 'person_required']);
  expect(await ask(auth, token, 'GET /admin/keys')).toEqual([403, 'role_insufficient']);
  await change({ scopes: ['todo:read'] });
  expect(await ask(auth, token)).toEqual([403, 'scope_insufficient']);
  await change({ disabledAt: new Date() });
  expect(await ask(auth, token)).toEqual([401, 'token_revoked']);
});

test("a person's token ends with the client that it was given to", async () => {
  const { body } = await auth.login('wangerge');
  const disable = (disabledAt: Date | null) =>
    auth.db.client.update({ where: { id: 'latchkey-web' }, data: { disabledAt } });
  await disable(new Date());
  expect(await ask(auth, body.access_token)).toEqual([401, 'token_revoked']);
  await disable(null);
  expect(await ask(auth, body.access_token)).toEqual([200, undefined]);
});

test.each([
  ['a session that never was', { sid: '3d9c2f1e-8f62-4f3c-9d53-1a8cf8a3a111' }],
  ['a session that is none', { sid: 'x' }],
  ["another person's name", { sub: 'agent' }],
  ['a name with NUL', { sub: 'wang\0erge' }],
  ['an unknown id', { id: 2_000_000 }],
  ['an id beyond the column', { id: 2 ** 31 }],
  ['an id that is text', { id: '1' }],
  ['an unknown client', { client_id: 'nobody' }],
  ['a jti with NUL', { jti: 'a\0b' }],
  ['no id, and no client of that name', { id: undefined }],
  ['a status that is none', { status: 'good' }],
  ['a status list of another issuer', { status: place('https://other.example', 1, 1) }],
  ['a status list that has no number', { status: place(ISSUER, '1e3', 1) }],
  ['an index beyond the column', { status: place(ISSUER, 1, 2 ** 31) }],
])('a token made with the shared secret: 401, never 500, for %s', async (_name, wrong) => {
  const claims = { sub: 'wangerge', id: 1, client_id: 'latchkey-web', jti: 'j' };
  expect(await ask(shared, await madeHere(claims))).toEqual([200, undefined]);
  const [status] = await ask(shared, await madeHere({ ...claims, ...wrong }));
  expect(status).toBe(401);
});

test('exchange 400: a token that no login stands behind, which nothing could revoke', async () => {
  await shared.store.clients.create({
    id: 'exchanger',
    name: 'A service',
    authentication: 'client_secret_post',
    secretHash: hashOf(SECRET),
    jwks: undefined,
    grantTypes: [TOKEN_EXCHANGE],
    scopes: ['todo:read'],
    redirectUris: [],
    firstParty: false,
    audience: 'support-service',
  });
  const login = (await shared.login('wangerge')).body.access_token;
  const { sid } = JSON.parse(atob(login.split('.')[1]));
  const about = { sub: 'wangerge', id: 1, client_id: 'latchkey-web', jti: 'j', scope: 'todo:read' };
  const exchange = async (claims: object) => {
    const token = await madeHere({ ...about, aud: ['support-service'], ...claims });
    const form = {
      grant_type: TOKEN_EXCHANGE,
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'todo-service',
      client_id: 'exchanger',
      client_secret: SECRET,
    };
    const { status, body } = await shared.request('POST /token', { form });
    return [status, body.error];
  };
  expect(await exchange({ sid })).toEqual([200, undefined]);
  expect(await exchange({})).toEqual([400, 'invalid_grant']);
});

test('a session opens nothing for another person', async () => {
  const { body } = await shared.login('agent');
  const { sid } = JSON.parse(atob(body.access_token.split('.')[1]));
  const mixed = await madeHere({ sub: 'wangerge', id: 1, sid });
  expect(await ask(shared, mixed)).toEqual([401, 'token_revoked']);
});

test('minimal: the id must be of the name, and the account active', async () => {
  const token = await made({ sub: 'wangerge', id: 1 });
  expect(await ask(minimal, token)).toEqual([200, undefined]);
  expect(await ask(minimal, await made({ sub: 'wangerge', id: 2 }))).toEqual([
    401,
    'token_revoked',
  ]);
  const where = { username: 'wangerge' };
  await minimal.db.user.update({ where, data: { deactivatedAt: new Date() } });
  expect(await ask(minimal, token)).toEqual([401, 'token_revoked']);
});

test('minimal: nobody administers with a token, whatever it says', async () => {
  const { id } = await minimal.db.user.findUniqueOrThrow({ where: { username: 'admin' } });
  const token = await made({ sub: 'admin', id, roles: ['admin'], scope: 'admin account:read' });
  expect(await ask(minimal, token)).toEqual([200, undefined]);
  expect(await ask(minimal, token, 'GET /admin/keys')).toEqual([403, 'role_insufficient']);
});

test('503 with Retry-After, never 401, while the database is away', async () => {
  const instance = await startInstance(AWAY, { env: HS256 });
  const token = await madeHere({ sub: 'wangerge', id: 1 });
  for (const request of ['GET /users/me', 'GET /admin/keys', 'DELETE /sessions']) {
    const { status, headers, body } = await instance.request(request, { token });
    expect([request, status, body.code]).toEqual([request, 503, 'unavailable']);
    expect(headers.get('retry-after')).toBe('2');
    expect(headers.get('www-authenticate')).toBeNull();
  }
  expect((await instance.request('GET /users/me', { token: 'bad' })).status).toBe(401);
  await instance.stop();
});
