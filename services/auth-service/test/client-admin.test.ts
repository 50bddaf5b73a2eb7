import { nextLink } from '@latchkey/service-kit/testing/harness';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, auditTypes, startAuthService } from './harness.ts';

let auth: AuthService;
let token: string;
beforeAll(async () => {
  auth = await startAuthService();
  token = await auth.adminToken();
});
afterAll(() => auth.stop());

const as = (request: string, json?: object) =>
  auth.request(request, { token, ...(json ? { json } : {}) });
const reporter = {
  client_id: 'reporter',
  name: 'Nightly reports',
  authentication: 'client_secret_post',
  grant_types: ['client_credentials'],
  scopes: ['todo:read'],
};
const tokenWith = (client_id: string, client_secret: string) =>
  auth.request('POST /token', {
    form: { grant_type: 'client_credentials', client_id, client_secret },
  });

test('create 201: the secret once, and it works; a new one stops the old', async () => {
  const made = await as('POST /admin/clients', reporter);
  expect(made.status).toBe(201);
  expect(made.headers.get('cache-control')).toBe('no-store');
  expect(made.headers.get('location')).toBe('/admin/clients/reporter');
  const { client_secret: first } = made.body;
  expect((await tokenWith('reporter', first)).body.scope).toBe('todo:read');
  const read = await as('GET /admin/clients/reporter');
  expect(read.body).toMatchObject({ client_id: 'reporter', disabledAt: null });
  expect(read.text).not.toContain('secret_hash');
  expect(read.body.client_secret).toBeUndefined();
  const { body } = await as('POST /admin/clients/reporter/secret');
  expect((await tokenWith('reporter', first)).status).toBe(401);
  expect((await tokenWith('reporter', body.client_secret)).status).toBe(200);
  const disabled = await as('DELETE /admin/clients/reporter');
  expect(disabled.status).toBe(204);
  expect((await tokenWith('reporter', body.client_secret)).status).toBe(401);
  await as('PATCH /admin/clients/reporter', { disabled: false, name: 'Reports' });
  expect((await tokenWith('reporter', body.client_secret)).status).toBe(200);
  expect(await auditTypes(auth, 'client.')).toEqual([
    'client.created',
    'client.secret_rotated',
    'client.changed',
    'client.changed',
  ]);
});

test('list 200 in pages, by id', async () => {
  await as('POST /admin/clients', { ...reporter, client_id: 'another' });
  const first = await as('GET /admin/clients?limit=1');
  expect(first.body).toHaveLength(1);
  const next = nextLink(first.headers);
  const rest = await as(`GET ${next?.replace('limit=1', 'limit=100')}`);
  const ids = [...first.body, ...rest.body].map(({ client_id }) => client_id);
  expect(ids).toEqual([...ids].sort());
  expect(ids).toContain('latchkey-web');
});

test('409: a taken id, a username, the system itself, a client without a secret', async () => {
  const code = async (request: string, json?: object) => (await as(request, json)).body.code;
  expect(await code('POST /admin/clients', { ...reporter, client_id: 'latchkey-web' })).toBe(
    'client_taken',
  );
  expect(await code('POST /admin/clients', { ...reporter, client_id: 'wangerge' })).toBe(
    'client_is_username',
  );
  expect(await code('PATCH /admin/clients/latchkey-web', { disabled: true })).toBe(
    'client_is_built_in',
  );
  expect(await code('DELETE /admin/clients/latchkey-web')).toBe('client_is_built_in');
  const open = {
    ...reporter,
    client_id: 'cli.tool',
    authentication: 'none',
    grant_types: ['refresh_token'],
  };
  await as('POST /admin/clients', open);
  expect(await code('POST /admin/clients/cli.tool/secret')).toBe('client_has_no_secret');
});

test('404: no such client', async () => {
  expect((await as('GET /admin/clients/nothing')).body.code).toBe('client_not_found');
  expect((await as('DELETE /admin/clients/nothing')).body.code).toBe('client_not_found');
});

test.each([
  ['an unknown scope', { scopes: ['everything'] }],
  ['no scope', { scopes: [] }],
  ['an unknown grant', { grant_types: ['implicit'] }],
  ['passwords for others', { grant_types: ['password'] }],
  ['a public client for itself', { authentication: 'none' }],
  ['keys that are missing', { authentication: 'private_key_jwt' }],
  ['plain http', { redirect_uris: ['http://example.com/cb'] }],
  ['a fragment', { redirect_uris: ['https://example.com/cb#x'] }],
  ['a script', { redirect_uris: ['javascript:alert(1)'] }],
  ['a secret hash', { secret_hash: 'x' }],
])('create 400: %s', async (_name, wrong) => {
  const { status, body } = await as('POST /admin/clients', {
    ...reporter,
    client_id: 'wrong',
    ...wrong,
  });
  expect([status, body.code]).toEqual([400, 'invalid_request']);
});

test.each(['GET /admin/clients', 'GET /admin/clients/x-x', 'DELETE /admin/clients/latchkey-web'])(
  '%s: 401 and 403',
  async (request) => {
    expect((await auth.request(request)).status).toBe(401);
    const person = (await auth.login('wangerge')).body.access_token;
    expect((await auth.request(request, { token: person })).status).toBe(403);
  },
);
