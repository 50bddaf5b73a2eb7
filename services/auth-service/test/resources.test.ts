import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { reassemble } from '../src/assembly.ts';
import { runCli } from './cli-process.ts';
import {
  type AuthService,
  auditTypes,
  type Instance,
  startAuthService,
  startInstance,
} from './harness.ts';
import { billing, servicesOnDisk } from './services-on-disk.ts';

// Programs take seconds each on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

let auth: AuthService;
let other: Instance;
let token: string;
beforeAll(async () => {
  auth = await startAuthService();
  other = await startInstance(auth.scratch.url);
  token = await auth.adminToken();
});
afterAll(async () => {
  await other.stop();
  await auth.stop();
});

const AUDIENCE = 'https://billing.example.com';
const { scopes, roles } = billing;
const registration = { audience: AUDIENCE, scopes, roles };
const as = (request: string, json?: object) =>
  auth.request(request, { token, ...(json ? { json } : {}) });
const login = async (instance: Pick<Instance, 'login'>, more = {}) =>
  (await instance.login('wangerge', more)).body;

test('registered: every instance grants its scopes and roles within seconds; removed: no more', async () => {
  const { refresh_token } = await login(auth);
  const made = await as('PUT /admin/resources/billing', registration);
  expect([made.status, made.body]).toEqual([200, { name: 'billing', ...registration }]);
  expect((await as('GET /admin/resources')).body).toEqual([made.body]);
  const form = { grant_type: 'refresh_token', refresh_token };
  const { body } = await auth.request('POST /token', { form });
  expect(body.scope.split(' ')).toContain('invoices:read');
  expect(decodeJwt(body.access_token).aud).toContain(AUDIENCE);
  await vi.waitFor(async () => {
    expect((await login(other, { scope: 'invoices:read' })).scope).toBe('invoices:read');
  }, 10_000);
  const given = await as('PATCH /admin/users/1', { roles: ['user', 'accountant'] });
  expect(given.body.inactiveRoles).toEqual([]);
  const narrow = await login(auth, { resource: `${AUDIENCE}/` });
  expect(decodeJwt(narrow.access_token)).toMatchObject({
    aud: [AUDIENCE],
    roles: ['user', 'accountant'],
  });
  // A token for it alone is one of ours: it can be revoked.
  const revoked = await auth.request('POST /revoke', { form: { token: narrow.access_token } });
  expect(revoked.status).toBe(200);
  expect(await auditTypes(auth, 'token.revoked')).toHaveLength(1);

  expect((await as('DELETE /admin/resources/billing')).status).toBe(204);
  const after = await login(auth);
  expect(after.scope).not.toContain('invoices:read');
  expect(decodeJwt(after.access_token)).toMatchObject({ roles: ['user'] });
  expect((await as('GET /admin/users/1')).body.inactiveRoles).toEqual(['accountant']);
  await vi.waitFor(async () => {
    expect((await login(other, { scope: 'invoices:read' })).error).toBe('invalid_scope');
  }, 10_000);
  expect((await as('DELETE /admin/resources/billing')).body.code).toBe('resource_not_found');
});

test('changed: by the same request; each act is in the audit record', async () => {
  await as('PUT /admin/resources/ledger', { scopes: { 'ledger:read': 'Read' } });
  const wider = { scopes: { 'ledger:read': 'Read', 'ledger:write': 'Write' } };
  const { body } = await as('PUT /admin/resources/ledger', wider);
  expect(body).toEqual({ name: 'ledger', audience: 'ledger', ...wider, roles: {} });
  await as('DELETE /admin/resources/ledger');
  const events = await auth.db.auditEvent.findMany({
    where: { subject: 'ledger' },
    orderBy: { id: 'asc' },
  });
  expect(events.map(({ type, actor }) => [type, actor])).toEqual([
    ['resource.registered', 'admin'],
    ['resource.changed', 'admin'],
    ['resource.removed', 'admin'],
  ]);
});

test.each<[string, string, object, number, string]>([
  ['a service', 'todo-service', {}, 409, 'resource_conflict'],
  ["a service's audience", 'x', { audience: 'todo-service' }, 409, 'resource_conflict'],
  ["a service's scopes", 'x', { scopes: { 'todo:all': 'All' } }, 409, 'resource_conflict'],
  ['the scope admin', 'x', { scopes: { admin: 'All' } }, 409, 'resource_conflict'],
  ["a service's role", 'x', { roles: { agent: '' } }, 409, 'resource_conflict'],
  ['the role admin', 'x', { roles: { admin: '' } }, 409, 'resource_conflict'],
  ["a person's name", 'wangerge', {}, 409, 'resource_is_username'],
  ['no scope', 'x', { scopes: {} }, 400, 'invalid_request'],
  ['a scope that is none', 'x', { scopes: { 'a b': '' } }, 400, 'invalid_request'],
  ['an audience that is none', 'x', { audience: 'a b' }, 400, 'invalid_request'],
  ['a name that is none', 'X', {}, 400, 'invalid_request'],
  ['another member', 'x', { routes: ['/x'] }, 400, 'invalid_request'],
])('refused: %s', async (_, name, change, status, code) => {
  const json = { scopes: { 'x:read': 'Read' }, ...change };
  const { body, ...answer } = await as(`PUT /admin/resources/${name}`, json);
  expect([answer.status, body.code]).toEqual([status, code]);
  expect(body.detail).not.toContain('service.json');
});

test('two registrations at once that claim the same: one stays', async () => {
  const put = (instance: Instance, name: string) =>
    instance.request(`PUT /admin/resources/${name}`, {
      token,
      json: { scopes: { [`same:${name}`]: '' } },
    });
  const answers = await Promise.all([put(auth, 'one'), put(other, 'two')]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  for (const name of ['one', 'two']) await as(`DELETE /admin/resources/${name}`);
});

test('a service that claims what a resource server has does not start', async () => {
  await as('PUT /admin/resources/elsewhere', { scopes: { 'invoices:all': 'All' } });
  const SERVICES_DIR = servicesOnDisk({ 'billing-service': billing });
  const start = startInstance(auth.scratch.url, { env: { SERVICES_DIR } });
  await expect(start).rejects.toThrow(
    /^two services claim the scope prefix invoices, billing-service and elsewhere: [^\n]+$/,
  );
  await as('DELETE /admin/resources/elsewhere');
});

test('a service that joins while it runs: beside what is registered, or refused', async () => {
  await as('PUT /admin/resources/elsewhere', { scopes: { 'parcels:read': 'Read' } });
  await other.catalog.refresh();
  onTestFinished(() => other.catalog.useServices(other.services));
  other.catalog.useServices([...other.services, { ...billing, roles: {} }]);
  expect((await login(other)).scope).toMatch(/invoices:read.* parcels:read/);
  const clash = { ...billing, scopes: { 'parcels:all': 'All' }, roles: {} };
  const join = () => other.catalog.useServices([...other.services, clash]);
  expect(join).toThrow('prefix parcels');
  expect((await login(other)).scope).toMatch(/invoices:read.* parcels:read/);
  await as('DELETE /admin/resources/elsewhere');
});

test('services that change while it runs: all of them are used, or those of before', async () => {
  const joinAs = (changes: object) => {
    const service = { ...billing, ...changes };
    const servicesDir = servicesOnDisk({ 'billing-service': service });
    return reassemble(other, { servicesDir, serviceClients: {} });
  };
  onTestFinished(() => other.catalog.useServices(other.services));
  await expect(joinAs({ name: 'wangerge' })).rejects.toThrow(
    /wangerge is the username of a person/,
  );
  expect((await login(other)).scope).not.toContain('invoices:read');
  const { services } = await joinAs({});
  expect(services.map(({ name }) => name)).toContain('billing-service');
  expect((await login(other)).scope).toContain('invoices:read');
});

test.each(['GET /admin/resources', 'PUT /admin/resources/x', 'DELETE /admin/resources/x'])(
  '%s: 401 and 403',
  async (request) => {
    expect((await auth.request(request)).status).toBe(401);
    const person = (await login(auth)).access_token;
    expect((await auth.request(request, { token: person })).status).toBe(403);
  },
);

test('by command: added, listed and removed', async () => {
  const run = (...args: string[]) => runCli(auth.scratch.url, ['resources', ...args]);
  onTestFinished(() => auth.catalog.refresh());
  const options = ['--scope', 'shop:read=Read the shop', '--scope', 'shop:write=Sell = change it'];
  const added = await run('add', 'shop', '--audience', AUDIENCE, ...options, '--role', 'seller=');
  expect(added).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse((await run('list', '--json')).stdout)).toEqual([
    {
      name: 'shop',
      audience: AUDIENCE,
      scopes: { 'shop:read': 'Read the shop', 'shop:write': 'Sell = change it' },
      roles: { seller: '' },
    },
  ]);
  await vi.waitFor(async () => {
    expect((await login(auth, { scope: 'shop:read' })).scope).toBe('shop:read');
  }, 10_000);
  const clash = await run('add', 'copy', '--scope', 'shop:x=');
  expect(clash.code).toBe(2);
  expect(clash.stderr).toMatch(/^auth: Choose another one: two services claim .* shop[^\n]+\n$/);
  expect((await run('remove', 'shop', '--yes')).stdout).toBe('shop removed\n');
});
