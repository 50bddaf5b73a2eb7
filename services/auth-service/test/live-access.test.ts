import { publicRoute } from '@latchkey/jwt-verify/express';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../src/app.ts';
import { type AuthService, PASSWORD, startAuthService } from './harness.ts';

let auth: AuthService;
let guarded: string[];
beforeAll(async () => {
  auth = await startAuthService();
  guarded = guardedRoutes(createApp(auth).router);
});
afterAll(() => auth.stop());

interface Layer {
  route?: { path: string; stack: { method?: string; handle: unknown }[] };
}

/** Of the app itself, so that a new route is in the table the day it is written. */
function guardedRoutes(router: object): string[] {
  return (router as { stack: Layer[] }).stack.flatMap(({ route }) => {
    const [first] = route?.stack ?? [];
    if (!route || !first || first.handle === publicRoute) return [];
    return `${first.method?.toUpperCase()} ${route.path.replace(/:(id|name)/, '2000000')}`;
  });
}

const ADMIN = { scope: 'admin account:read account:write' };
let people = 0;

/** An administrator whom a test may deactivate or delete. */
async function newAdmin() {
  people += 1;
  const username = `deputy.${people}`;
  const json = { username, password: PASSWORD };
  const { id } = (await auth.request('POST /register', { json })).body;
  await auth.db.user.update({ where: { id }, data: { roles: ['user', 'admin'] } });
  const { access_token: token, refresh_token } = (await auth.login(username, ADMIN)).body;
  return { id: id as number, username, token: token as string, refresh_token };
}
type Admin = Awaited<ReturnType<typeof newAdmin>>;

const asAdmin = async (request: string, json?: object) =>
  auth.request(request, { token: await auth.adminToken(), ...(json ? { json } : {}) });

const endings: Record<string, (admin: Admin) => Promise<{ status: number }>> = {
  deactivated: ({ id }) => asAdmin(`PATCH /admin/users/${id}`, { active: false }),
  'no administrator any more': ({ id }) => asAdmin(`PATCH /admin/users/${id}`, { roles: ['user'] }),
  deleted: ({ id }) => asAdmin(`DELETE /admin/users/${id}`),
  'signed out by an administrator': ({ id }) => asAdmin(`DELETE /admin/users/${id}/sessions`),
  'signed out by themselves': ({ token }) => auth.request('DELETE /sessions', { token }),
  'signed out by a refresh token': ({ refresh_token: token }) =>
    auth.request('POST /revoke', { form: { token } }),
  'the token revoked': ({ token }) => auth.request('POST /revoke', { form: { token } }),
  'another password set elsewhere': async ({ username }) =>
    auth.request('PUT /users/me/password', {
      token: (await auth.login(username)).body.access_token,
      json: { currentPassword: PASSWORD, newPassword: 'a-new-lock-on-the-door' },
    }),
};

test('the table holds every route that is not public, as the API document has them', async () => {
  const { paths } = (await auth.request('GET /openapi.json')).body;
  const documented = Object.entries<Record<string, { security: object[] }>>(paths).flatMap(
    ([path, operations]) =>
      Object.entries(operations)
        .filter(([, { security }]) => security.length > 0)
        .map(
          ([method]) =>
            `${method.toUpperCase()} ${path.replace(/\{(id|name)\}/, '2000000').replace(/\{(\w+)\}/, ':$1')}`,
        ),
  );
  expect(guarded.toSorted()).toEqual(documented.toSorted());
  expect(guarded).toContain('GET /admin/keys');
});

test('a live administrator passes every guard', async () => {
  const { username } = await newAdmin();
  for (const request of guarded) {
    const token = await auth.adminToken(username);
    const { status } = await auth.request(request, { token });
    expect([request, status]).not.toEqual([request, 401]);
    expect([request, status]).not.toEqual([request, 403]);
  }
});

test.each(Object.keys(endings))('401 on every route: %s', async (ending) => {
  const admin = await newAdmin();
  const done = await endings[ending]?.(admin);
  expect([200, 204]).toContain(done?.status);
  for (const request of guarded) {
    const { status, headers, body } = await auth.request(request, { token: admin.token });
    expect([request, status, body.code]).toEqual([request, 401, 'token_revoked']);
    expect(body.detail).toBe('Could not validate user.');
    expect(headers.get('www-authenticate')).toMatch(
      /^Bearer realm="auth-service", error="invalid_token".*, resource_metadata="http:\/\/localhost:8080\/\.well-known\/oauth-protected-resource\/users"$/,
    );
  }
});

test('403 on every route of administration: no administrator, though the token still says so', async () => {
  const { id, token } = await newAdmin();
  await auth.db.user.update({ where: { id }, data: { roles: ['user'] } });
  expect(decodeJwt(token).roles).toEqual(['user', 'admin']);
  const routes = guarded.filter((request) => request.includes(' /admin/'));
  expect(routes).not.toEqual([]);
  for (const request of routes) {
    const { status, headers, body } = await auth.request(request, { token });
    expect([request, status, body.code]).toEqual([request, 403, 'role_insufficient']);
    expect(headers.get('www-authenticate')).toContain('error="insufficient_scope"');
  }
  const me = await auth.request('GET /users/me', { token });
  expect([me.status, me.body.roles]).toEqual([200, ['user']]);
});

test('a demoted administrator takes nothing back, a deactivated one neither', async () => {
  const demoted = await newAdmin();
  const deactivated = await newAdmin();
  await asAdmin(`PATCH /admin/users/${demoted.id}`, { roles: ['user'] });
  await asAdmin(`PATCH /admin/users/${deactivated.id}`, { active: false });
  for (const { token } of [demoted, deactivated]) {
    for (const { id } of [demoted, deactivated]) {
      const json = { roles: ['user', 'admin'], active: true };
      const { status } = await auth.request(`PATCH /admin/users/${id}`, { token, json });
      expect([401, 403]).toContain(status);
    }
  }
  const rows = await auth.db.user.findMany({
    where: { id: { in: [demoted.id, deactivated.id] } },
    orderBy: { id: 'asc' },
  });
  expect(rows.map(({ roles }) => roles)).toEqual([['user'], ['user', 'admin']]);
  expect(rows[1]?.deactivatedAt).not.toBeNull();
});

test('made an administrator again: the login administers again, by its next token', async () => {
  const { id, refresh_token } = await newAdmin();
  for (const roles of [['user'], ['user', 'admin']]) {
    await asAdmin(`PATCH /admin/users/${id}`, { roles });
  }
  const form = { grant_type: 'refresh_token', refresh_token };
  const token = (await auth.request('POST /token', { form })).body.access_token;
  expect((await auth.request('GET /admin/keys', { token })).status).toBe(200);
});

test('an administrator whose token was not asked to administer: 403 with the scope to ask for', async () => {
  const token = (await auth.login('admin')).body.access_token;
  const { status, headers } = await auth.request('GET /admin/keys', { token });
  expect(status).toBe(403);
  expect(headers.get('www-authenticate')).toContain('scope="admin"');
});

test('after the owner changed the password, a thief ends no session and no account', async () => {
  const { username, token: thief } = await newAdmin();
  const owner = (await auth.login(username)).body.access_token;
  const json = { currentPassword: PASSWORD, newPassword: 'a-new-lock-on-the-door' };
  await auth.request('PUT /users/me/password', { token: owner, json });
  const password = { currentPassword: json.newPassword };
  for (const [request, body] of [
    ['DELETE /sessions', undefined],
    ['DELETE /users/me', password],
    ['PUT /users/me/password', { ...password, newPassword: 'the-thief-chose-this' }],
  ] as const) {
    const answer = await auth.request(request, { token: thief, ...(body ? { json: body } : {}) });
    expect([request, answer.status]).toEqual([request, 401]);
  }
  expect((await auth.request('GET /sessions', { token: owner })).body).toHaveLength(1);
});
