import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, PASSWORD, startAuthService } from './harness.ts';

let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService();
});
afterAll(() => auth.stop());

const register = (username: string, password = PASSWORD) =>
  auth.request('POST /register', { json: { username, password } });

test('register 201, then log in and read oneself', async () => {
  const { status, body } = await register('ada.lovelace');
  expect(status).toBe(201);
  expect(body).toMatchObject({ username: 'ada.lovelace', roles: ['user'] });
  const { body: login } = await auth.login('ada.lovelace');
  const me = await auth.request('GET /users/me', { token: login.access_token });
  expect([me.status, me.body]).toEqual([200, body]);
  const { body: named } = await auth.login('ada.lovelace', { scope: 'openid' });
  const info = await auth.request('GET /userinfo', { token: named.access_token });
  expect(info.body).toEqual({ sub: 'ada.lovelace', preferred_username: 'ada.lovelace' });
});

test('userinfo 403 without the scope openid', async () => {
  const { body } = await auth.login('wangerge');
  const { status, headers } = await auth.request('GET /userinfo', { token: body.access_token });
  expect([status, headers.get('www-authenticate')]).toEqual([
    403,
    expect.stringContaining('openid'),
  ]);
});

test('register 409: taken, in other letters too', async () => {
  expect((await register('wangerge')).status).toBe(409);
  expect((await register('WangErge')).body.code).toBe('username_taken');
});

test('register 409: the name of a client', async () => {
  expect((await register('latchkey-web')).body.code).toBe('username_taken');
});

test('register 409 once: many at the same time make one person', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => register('grace')));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
});

test.each([
  ['a short password', { username: 'newcomer', password: '1234567' }],
  ['a password beyond bounds', { username: 'newcomer', password: 'x'.repeat(1025) }],
  ['seven characters, decomposed', { username: 'newcomer', password: 'e\u0301'.repeat(7) }],
  ['half a character', { username: 'newcomer', password: '12345678\ud800' }],
  ['spaces in the name', { username: 'new comer', password: PASSWORD }],
  ['a name beyond bounds', { username: 'n'.repeat(65), password: PASSWORD }],
  ['roles from outside', { username: 'newcomer', password: PASSWORD, roles: ['admin'] }],
  ['no password', { username: 'newcomer' }],
])('register 400: %s', async (_name, json) => {
  const { status, body, text } = await auth.request('POST /register', { json });
  expect([status, body.code]).toEqual([400, 'invalid_request']);
  expect(text).not.toContain('1234567');
});

test('passwords: 1,024 characters, NUL and any Unicode, equal in NFC', async () => {
  const long = `${'é'.repeat(500)}\0${'𝄞'.repeat(523)}`;
  expect((await register('unicode', long)).status).toBe(201);
  const login = (password: string) =>
    auth.request('POST /token', { form: { username: 'unicode', password } });
  expect((await login(long)).status).toBe(200);
  expect((await login(long.normalize('NFD').slice(0, 1_000))).status).toBe(401);
  expect((await login(`${long.slice(0, -2)}x`)).status).toBe(401);
  expect((await register('decomposed', 'e\u0301'.repeat(8))).status).toBe(201);
  const composed = { form: { username: 'decomposed', password: 'é'.repeat(8) } };
  expect((await auth.request('POST /token', composed)).status).toBe(200);
});

test.each([
  ['the same', 'ada.byron1', 'ada.byron1'],
  ['in other letters of case', 'ada.byron2', 'Ada.BYRON2'],
  ['in letters that look alike', 'ada.byron3', 'ad\u0430.byr0n3'],
  ['in full width', 'ada.byron4', '\uff41da.byron4'],
  ['before an @', 'ada.byron5', 'ada.byron5@example.com'],
])('register 400: the password is the username, %s', async (_name, username, password) => {
  const { status, body, text } = await register(username, password);
  expect([status, body.code]).toEqual([400, 'password_is_username']);
  expect(body.errors).toEqual([expect.objectContaining({ in: 'body', field: 'password' })]);
  expect(text).not.toContain(password);
  expect(await auth.db.user.count({ where: { username } })).toBe(0);
});

test('register 201: a password with more in it than the username', async () => {
  expect((await register('ada.byron6', 'ada.byron6-engine')).status).toBe(201);
});

test('password change 400: to the username; the old one stays', async () => {
  await register('ada.byron7');
  const { access_token: token } = (await auth.login('ada.byron7')).body;
  const json = { currentPassword: PASSWORD, newPassword: 'ADA.byron7' };
  const { status, body } = await auth.request('PUT /users/me/password', { token, json });
  expect([status, body.code]).toEqual([400, 'password_is_username']);
  expect(body.errors).toMatchObject([{ field: 'newPassword' }]);
  expect((await auth.login('ada.byron7')).status).toBe(200);
});

test('users/me 401 and 403', async () => {
  const none = await auth.request('GET /users/me');
  expect([none.status, none.body.detail]).toEqual([401, 'Not authenticated']);
  const bad = await auth.request('GET /users/me', { token: 'bad' });
  expect([bad.status, bad.body.detail]).toEqual([401, 'Could not validate user.']);
  const { body } = await auth.login('wangerge', { scope: 'account:write' });
  const narrow = await auth.request('GET /users/me', { token: body.access_token });
  expect(narrow.status).toBe(403);
});

test('password change: 204, the other sessions end, this one stays', async () => {
  await register('changer');
  const mine = (await auth.login('changer')).body;
  const other = (await auth.login('changer')).body;
  const json = { currentPassword: PASSWORD, newPassword: 'another-password' };
  const wrong = await auth.request('PUT /users/me/password', {
    token: mine.access_token,
    json: { ...json, currentPassword: 'wrong' },
  });
  expect([wrong.status, wrong.body.code]).toEqual([403, 'wrong_password']);
  const changed = await auth.request('PUT /users/me/password', { token: mine.access_token, json });
  expect(changed.status).toBe(204);
  const refresh = (refresh_token: string) =>
    auth.request('POST /token', { form: { grant_type: 'refresh_token', refresh_token } });
  expect((await refresh(mine.refresh_token)).status).toBe(200);
  expect((await refresh(other.refresh_token)).body.error).toBe('invalid_grant');
  expect((await auth.login('changer')).status).toBe(401);
});
