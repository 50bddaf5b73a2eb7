import { nextLink } from '@latchkey/service-kit/testing/harness';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, auditTypes, PASSWORD, startAuthService } from './harness.ts';

let auth: AuthService;
let token: string;
beforeAll(async () => {
  auth = await startAuthService();
  token = await auth.adminToken();
});
afterAll(() => auth.stop());

const as = (request: string, json?: object) =>
  auth.request(request, { token, ...(json ? { json } : {}) });
const register = async (username: string) =>
  (await auth.request('POST /register', { json: { username, password: PASSWORD } })).body.id;
const idOf = async (username: string) =>
  (await auth.db.user.findUniqueOrThrow({ where: { username } })).id;

test('find 200: by how the name begins, in pages', async () => {
  for (const username of ['quill.one', 'quill.two', 'Quill.three']) await register(username);
  const first = await as('GET /admin/users?search=quill&limit=2');
  const next = nextLink(first.headers);
  const second = await as(`GET ${next}`);
  const names = [...first.body, ...second.body].map(({ username }) => username);
  expect(names).toEqual(['quill.one', 'quill.two', 'Quill.three']);
  expect(second.headers.get('link')).toBeNull();
  expect(first.text).not.toContain('argon2');
});

test('read 200 and 404', async () => {
  const id = await idOf('agent');
  expect((await as(`GET /admin/users/${id}`)).body).toMatchObject({
    id,
    username: 'agent',
    roles: ['user', 'agent'],
    inactiveRoles: [],
    deactivatedAt: null,
    deletedAt: null,
  });
  expect((await as('GET /admin/users/2000000')).body.code).toBe('user_not_found');
});

test('roles 200: the next refresh has them', async () => {
  const id = await register('climber');
  const { refresh_token } = (await auth.login('climber')).body;
  const changed = await as(`PATCH /admin/users/${id}`, { roles: ['user', 'agent'] });
  expect([changed.status, changed.body.roles]).toEqual([200, ['user', 'agent']]);
  const form = { grant_type: 'refresh_token', refresh_token };
  const { body } = await auth.request('POST /token', { form });
  expect(JSON.parse(atob(body.access_token.split('.')[1])).roles).toEqual(['user', 'agent']);
  expect(await auditTypes(auth, 'user.roles')).toHaveLength(1);
});

test('deactivate, reactivate and delete', async () => {
  const id = await register('fleeting');
  const { body } = await as(`PATCH /admin/users/${id}`, { active: false });
  expect(body.deactivatedAt).not.toBeNull();
  expect((await auth.login('fleeting')).status).toBe(401);
  await as(`PATCH /admin/users/${id}`, { active: true });
  expect((await auth.login('fleeting')).status).toBe(200);
  expect((await as(`DELETE /admin/users/${id}`)).status).toBe(204);
  expect((await auth.login('fleeting')).status).toBe(401);
  expect((await as(`GET /admin/users/${id}`)).body.deletedAt).not.toBeNull();
  expect((await as(`DELETE /admin/users/${id}`)).status).toBe(404);
  expect((await as(`PATCH /admin/users/${id}`, { active: true })).status).toBe(404);
});

test('sessions: seen and ended', async () => {
  const id = await register('traveller');
  const { refresh_token } = (await auth.login('traveller')).body;
  const { body } = await as(`GET /admin/users/${id}/sessions`);
  expect(body).toEqual([expect.objectContaining({ client_id: 'latchkey-web', current: false })]);
  expect((await as(`DELETE /admin/users/${id}/sessions`)).status).toBe(204);
  const form = { grant_type: 'refresh_token', refresh_token };
  expect((await auth.request('POST /token', { form })).status).toBe(400);
  expect((await as(`GET /admin/users/${id}/sessions`)).body).toEqual([]);
});

test('the last administrator stays 409, whichever way', async () => {
  const id = await idOf('admin');
  for (const answer of [
    await as(`PATCH /admin/users/${id}`, { roles: ['user'] }),
    await as(`PATCH /admin/users/${id}`, { active: false }),
    await as(`DELETE /admin/users/${id}`),
    await as('DELETE /users/me', { currentPassword: PASSWORD }),
  ]) {
    expect([answer.status, answer.body.code]).toEqual([409, 'last_admin']);
  }
  expect((await as(`GET /admin/users/${id}`)).body).toMatchObject({ roles: ['user', 'admin'] });
});

test('two administrators who put each other out at once: one stays', async () => {
  const first = await idOf('admin');
  const second = await register('deputy');
  await as(`PATCH /admin/users/${second}`, { roles: ['user', 'admin'] });
  const other = await auth.adminToken('deputy');
  const json = { active: false };
  const answers = await Promise.all([
    as(`PATCH /admin/users/${second}`, json),
    auth.request(`PATCH /admin/users/${first}`, { token: other, json }),
  ]);
  const [winner, loser] = answers.map(({ status }) => status).sort();
  expect(winner).toBe(200);
  // Too late, or so early that both were still let in.
  expect([401, 409]).toContain(loser);
  const admins = { roles: { has: 'admin' }, deactivatedAt: null };
  expect(await auth.db.user.count({ where: admins })).toBe(1);
  await auth.db.user.updateMany({ where: { id: first }, data: { deactivatedAt: null } });
  token = await auth.adminToken();
});

test.each([
  ['no such role', { roles: ['root'] }],
  ['nothing', {}],
  ['what is not theirs to write', { password_hash: 'x' }],
])('change 400: %s', async (_name, json) => {
  const { status, body } = await as(`PATCH /admin/users/${await idOf('agent')}`, json);
  expect([status, body.code]).toEqual([400, 'invalid_request']);
});

test.each([
  'GET /admin/users',
  'GET /admin/users/1',
  'DELETE /admin/users/1',
  'GET /admin/users/1/sessions',
])('%s: 401 and 403', async (request) => {
  expect((await auth.request(request)).status).toBe(401);
  const person = (await auth.login('wangerge')).body.access_token;
  expect((await auth.request(request, { token: person })).status).toBe(403);
});
