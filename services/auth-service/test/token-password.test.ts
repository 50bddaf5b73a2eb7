import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, auditTypes, ISSUER, PASSWORD, startAuthService } from './harness.ts';

let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService();
});
afterAll(() => auth.stop());

test('200: a form without grant_type, as FastAPI has it', async () => {
  const { status, headers, body } = await auth.login('wangerge');
  expect(status).toBe(200);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(body).toMatchObject({ token_type: 'bearer', expires_in: 1200 });
  expect(body.scope.split(' ')).toContain('todo:read');
  expect(body.scope.split(' ')).not.toContain('admin');
});

test('200: the token is an RFC 9068 access token that jose accepts', async () => {
  const { body } = await auth.login('wangerge');
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', auth.url));
  const { payload } = await jwtVerify(body.access_token, keys, {
    issuer: ISSUER,
    audience: 'todo-service',
    typ: 'at+jwt',
    algorithms: ['ES256'],
  });
  expect(payload).toEqual({
    iss: ISSUER,
    aud: ['auth-service', 'support-service', 'todo-service'],
    exp: (payload.iat ?? 0) + 1200,
    iat: expect.any(Number),
    jti: expect.stringMatching(/^[\da-f-]{36}$/),
    client_id: 'latchkey-web',
    scope: body.scope,
    sub: 'wangerge',
    id: 1,
    roles: ['user'],
    sid: expect.stringMatching(/^[\da-f-]{36}$/),
    auth_time: expect.any(Number),
    acr: 'aal1',
    amr: ['pwd'],
    status: { status_list: { idx: expect.any(Number), uri: `${ISSUER}/status-lists/1` } },
  });
  expect(Object.keys(decodeProtectedHeader(body.access_token)).sort()).toEqual([
    'alg',
    'kid',
    'typ',
  ]);
});

test('200: the admin scope goes to admins only, and scopes can be asked for', async () => {
  const { body } = await auth.login('admin', { scope: 'admin todo:read' });
  expect(body.scope.split(' ').sort()).toEqual(['admin', 'todo:read']);
  expect((await auth.login('wangerge', { scope: 'admin' })).body.error).toBe('invalid_scope');
});

test('200: an admin who does not ask for the admin scope by name goes without', async () => {
  for (const scope of ['', 'account:read todo:read']) {
    const { status, body } = await auth.login('admin', { scope });
    expect(status).toBe(200);
    expect(body.scope.split(' ')).toContain('todo:read');
    expect(body.scope.split(' ')).not.toContain('admin');
    const more = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
    const refreshed = await auth.request('POST /token', { form: { ...more, scope: 'admin' } });
    expect(refreshed.body.error).toBe('invalid_scope');
  }
});

test("200: what Swagger UI's Authorize sends: empty client fields and an empty Basic header", async () => {
  const form = { grant_type: 'password', username: 'wangerge', password: PASSWORD, scope: '' };
  const headers = { authorization: `Basic ${btoa(':')}` };
  const empty = { client_id: '', client_secret: '' };
  expect((await auth.request('POST /token', { form, headers })).status).toBe(200);
  expect((await auth.request('POST /token', { form: { ...form, ...empty } })).status).toBe(200);
});

test('200: resource narrows the token to one service (RFC 8707)', async () => {
  const { body } = await auth.login('wangerge', { resource: `${ISSUER}/todo` });
  expect(body.scope).toBe('todo:read todo:write');
  const refused = await auth.login('wangerge', { resource: 'https://elsewhere.example/todo' });
  expect([refused.status, refused.body.error]).toEqual([400, 'invalid_target']);
});

test('401: wrong user and wrong password look the same', async () => {
  const wrongPassword = await auth.request('POST /token', {
    form: { username: 'wangerge', password: 'wrong-password' },
  });
  const wrongUser = await auth.request('POST /token', {
    form: { username: 'nobody', password: PASSWORD },
  });
  for (const { status, body, headers } of [wrongPassword, wrongUser]) {
    expect(status).toBe(401);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="auth-service"');
    expect(body).toEqual({
      error: 'invalid_grant',
      error_description: 'Could not validate user.',
      detail: 'Could not validate user.',
    });
  }
  expect((await auditTypes(auth, 'login.failed')).length).toBeGreaterThanOrEqual(2);
});

test('401: a password with NUL is compared whole, a username with NUL is nobody', async () => {
  const nul = { form: { username: 'wangerge', password: `${PASSWORD}\0` } };
  expect((await auth.request('POST /token', nul)).status).toBe(401);
  expect((await auth.login('wangerge\0')).status).toBe(401);
});

const refusals: [string, string, number, string][] = [
  ['a repeated parameter', 'username=a&username=b&password=c', 400, 'invalid_request'],
  ['no password', 'username=wangerge', 400, 'invalid_request'],
  ['no username', `password=${PASSWORD}`, 400, 'invalid_request'],
  ['an unknown grant', 'grant_type=magic', 400, 'unsupported_grant_type'],
  ['implicit', 'grant_type=toString', 400, 'unsupported_grant_type'],
  ['an unknown client', 'username=a&password=b&client_id=nobody', 401, 'invalid_client'],
  [
    'a secret of a public client',
    'username=a&password=b&client_id=latchkey-web&client_secret=x',
    401,
    'invalid_client',
  ],
  ['a bad scope', `username=wangerge&password=${PASSWORD}&scope=a"b`, 400, 'invalid_scope'],
  ['a password beyond bounds', `username=a&password=${'x'.repeat(1025)}`, 400, 'invalid_request'],
  ['a form that is too large', `username=a&password=${'x'.repeat(20_000)}`, 413, 'invalid_request'],
  [
    'too many parameters',
    Array.from({ length: 40 }, (_, i) => `p${i}=1`).join('&'),
    413,
    'invalid_request',
  ],
];
test.each(refusals)('refused: %s', async (_name, body, status, error) => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await auth.request('POST /token', { body, headers });
  expect([answer.status, answer.body.error]).toEqual([status, error]);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.body.error_description).toMatch(/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/);
});

test('415: JSON is no form', async () => {
  const { status, body } = await auth.request('POST /token', { json: { username: 'wangerge' } });
  expect([status, body.error]).toEqual([415, 'invalid_request']);
});

test('400: the password grant can be turned off', async () => {
  const off = await startAuthService({ env: { PASSWORD_GRANT: 'off' } });
  const { status, body } = await off.login('wangerge');
  const { body: metadata } = await off.request('GET /.well-known/oauth-authorization-server');
  await off.stop();
  expect([status, body.error]).toEqual([400, 'unsupported_grant_type']);
  expect(metadata.grant_types_supported).not.toContain('password');
});

test('503: more logins than the queue takes', async () => {
  const busy = await startAuthService({ env: { HASH_CONCURRENCY: '1', HASH_QUEUE: '1' } });
  const answers = await Promise.all(Array.from({ length: 8 }, () => busy.login('wangerge')));
  await busy.stop();
  const refused = answers.filter(({ status }) => status === 503);
  expect(answers.some(({ status }) => status === 200)).toBe(true);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
  expect(refused[0]?.body.error).toBe('temporarily_unavailable');
});
