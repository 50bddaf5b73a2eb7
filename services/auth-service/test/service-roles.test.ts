import { decodeJwt } from 'jose';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runCli } from './cli-process.ts';
import { createDatabase, PASSWORD, startAuthService, startInstance } from './harness.ts';
import { billing, servicesOnDisk } from './services-on-disk.ts';

// Programs take seconds each on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

async function start(SERVICES_DIR: string) {
  const auth = await startAuthService({ env: { SERVICES_DIR } });
  onTestFinished(() => auth.stop());
  return { ...auth, token: await auth.adminToken() };
}

const rolesOf = (token: string) => decodeJwt(token).roles;

test('a role that a service brings can be given, by request, command and import', async () => {
  const SERVICES_DIR = servicesOnDisk({ 'billing-service': billing });
  const { request, token, login, scratch } = await start(SERVICES_DIR);
  const roles = ['user', 'accountant'];
  const changed = await request('PATCH /admin/users/1', { token, json: { roles } });
  expect(changed.body).toMatchObject({ roles, inactiveRoles: [] });
  expect(rolesOf((await login('wangerge')).body.access_token)).toEqual(roles);
  const run = (args: string[], input?: string) =>
    runCli(scratch.url, args, input, { SERVICES_DIR });
  const made = await run(
    ['users', 'create', 'booker', '--role', 'accountant', '--password-stdin'],
    PASSWORD,
  );
  expect(made.stdout).toBe('booker created (user, accountant)\n');
  const hash = `$2b$04$${'a'.repeat(53)}`;
  const lines = ['counter', 'stranger'].map((username, at) =>
    JSON.stringify({ username, password_hash: hash, roles: [at ? 'king' : 'accountant'] }),
  );
  const imported = await run(['users', 'import', '-', '--format', 'jsonl'], lines.join('\n'));
  expect(imported.stdout).toBe('1 imported, 0 already there, 1 refused\n');
  expect(imported.stderr).toMatch(/line 2: roles must be roles that some service brings: /);
});

const KNOWN = /must be a role of some service: user, admin, agent\s*$/;

test('a role of no service is refused, by request and by command', async () => {
  const SERVICES_DIR = servicesOnDisk();
  const { request, token, scratch } = await start(SERVICES_DIR);
  const json = { roles: ['user', 'accountant'] };
  const { status, body } = await request('PATCH /admin/users/1', { token, json });
  expect([status, body.errors]).toEqual([
    400,
    [expect.objectContaining({ detail: expect.stringMatching(KNOWN) })],
  ]);
  const answer = await runCli(scratch.url, ['users', 'roles', 'wangerge', 'accountant'], '', {
    SERVICES_DIR,
  });
  expect([answer.code, answer.stderr]).toEqual([2, expect.stringMatching(KNOWN)]);
});

test('a role whose service left stays on the account, is said there, and is in no token', async () => {
  const { request, token, login, db, scratch } = await start(
    servicesOnDisk({ 'support-service': { roles: {} } }),
  );
  const { id } = await db.user.findUniqueOrThrow({ where: { username: 'agent' } });
  const { body } = await request(`GET /admin/users/${id}`, { token });
  expect(body).toMatchObject({ roles: ['user', 'agent'], inactiveRoles: ['agent'] });
  const first = (await login('agent')).body;
  expect(rolesOf(first.access_token)).toEqual(['user']);
  const form = { grant_type: 'refresh_token', refresh_token: first.refresh_token };
  expect(rolesOf((await request('POST /token', { form })).body.access_token)).toEqual(['user']);
  const SERVICES_DIR = servicesOnDisk();
  const back = await startInstance(scratch.url, { env: { SERVICES_DIR } });
  onTestFinished(() => back.stop());
  expect(rolesOf((await back.login('agent')).body.access_token)).toEqual(['user', 'agent']);
});

test('nobody signs up under the name of a role', async () => {
  const { request } = await start(servicesOnDisk({ 'billing-service': billing }));
  for (const username of ['accountant', 'Accountants', 'acc0untant']) {
    const answer = await request('POST /register', { json: { username, password: PASSWORD } });
    expect([username, answer.status]).toEqual([username, 400]);
  }
});

test.each([
  [{ roles: { agent: '' } }, /^two services claim the role of people agent, [^\n]+$/],
  [{ roles: { admin: '' } }, /the role (of people )?admin[^\n]+$/],
])('refused at the start in one line: %j', async (change, line) => {
  const scratch = await createDatabase();
  onTestFinished(() => scratch.drop());
  const SERVICES_DIR = servicesOnDisk({ 'billing-service': { ...billing, ...change } });
  await expect(startInstance(scratch.url, { env: { SERVICES_DIR } })).rejects.toThrow(line);
});
