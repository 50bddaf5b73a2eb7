import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, auditTypes, PASSWORD, startAuthService } from './harness.ts';

let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService();
});
afterAll(() => auth.stop());

const register = (username: string) =>
  auth.request('POST /register', { json: { username, password: PASSWORD } });
const refresh = (refresh_token: string) =>
  auth.request('POST /token', { form: { grant_type: 'refresh_token', refresh_token } });

test('delete 204: login, sessions and profile end; the username stays taken', async () => {
  await register('leaver');
  const { access_token: token, refresh_token } = (await auth.login('leaver')).body;
  const remove = (currentPassword: string) =>
    auth.request('DELETE /users/me', { token, json: { currentPassword } });
  const wrong = await remove('wrong');
  expect([wrong.status, wrong.body.code]).toEqual([403, 'wrong_password']);
  expect((await remove(PASSWORD)).status).toBe(204);
  expect((await refresh(refresh_token)).body.error).toBe('invalid_grant');
  expect((await auth.request('GET /users/me', { token })).status).toBe(401);
  expect((await auth.login('leaver')).body).toEqual((await auth.login('nobody-at-all')).body);
  expect((await register('leaver')).body.code).toBe('username_taken');
  const row = await auth.db.user.findUniqueOrThrow({ where: { username: 'leaver' } });
  expect(row.passwordHash).toBeNull();
  expect(await auditTypes(auth, 'user.deleted')).toHaveLength(1);
});

test('delete 400, 401 and 403', async () => {
  const { access_token: token } = (await auth.login('wangerge')).body;
  expect((await auth.request('DELETE /users/me', { token, json: {} })).status).toBe(400);
  expect((await auth.request('DELETE /users/me', { json: {} })).status).toBe(401);
  const narrow = (await auth.login('wangerge', { scope: 'account:read' })).body.access_token;
  const json = { currentPassword: PASSWORD };
  expect((await auth.request('DELETE /users/me', { token: narrow, json })).status).toBe(403);
});

test('deactivated: nothing opens until it is reactivated, twice is once', async () => {
  const token = await auth.adminToken();
  const { id } = (await register('sleeper')).body;
  const { refresh_token } = (await auth.login('sleeper')).body;
  const setActive = async (active: boolean) =>
    (await auth.request(`PATCH /admin/users/${id}`, { token, json: { active } })).status;
  expect([await setActive(false), await setActive(false)]).toEqual([200, 200]);
  expect((await refresh(refresh_token)).body.error).toBe('invalid_grant');
  expect((await auth.login('sleeper')).body).toEqual((await auth.login('nobody-at-all')).body);
  expect(await setActive(true)).toBe(200);
  expect((await auth.login('sleeper')).status).toBe(200);
  expect((await refresh(refresh_token)).body.error).toBe('invalid_grant');
  expect(await auditTypes(auth, 'user.deactivated')).toHaveLength(1);
});
