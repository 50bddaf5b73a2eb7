import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountOperations } from '../src/accounts/account-operations.ts';
import { systemCaller } from '../src/caller.ts';
import { giveProgramName } from '../src/names/program-names.ts';
import { skeletonOf } from '../src/names/skeleton.ts';
import {
  type AuthService,
  createDatabase,
  PASSWORD,
  startAuthService,
  startInstance,
} from './harness.ts';
import { spawnService } from './service-process.ts';

let auth: AuthService;
let token: string;
let servicesDir: string;
beforeAll(async () => {
  auth = await startAuthService();
  token = await auth.adminToken();
  servicesDir = await mkdtemp(join(tmpdir(), 'latchkey-services-'));
  await mkdir(join(servicesDir, 'shop'));
  const shop = {
    name: 'pet-shop',
    port: 4711,
    routes: ['/pets'],
    audience: 'pets',
    scopes: { 'pets:read': 'x' },
  };
  await writeFile(join(servicesDir, 'shop', 'service.json'), JSON.stringify(shop));
});
afterAll(() => Promise.all([auth.stop(), rm(servicesDir, { recursive: true })]));

const register = (username: string) =>
  auth.request('POST /register', { json: { username, password: PASSWORD } });
const createClient = (client_id: string) =>
  auth.request('POST /admin/clients', {
    token,
    json: {
      client_id,
      name: 'A client',
      authentication: 'client_secret_post',
      grant_types: ['client_credentials'],
      scopes: ['todo:read'],
    },
  });

test.each([
  ['a service', 'todo-service'],
  ['a service in other letters', 'Todo-Service'],
  ['a service, with zeros', 't0d0-service'],
  ['a service that is no client and has no scopes', 'gateway'],
  ['a client', 'latchkey-web'],
  ['a client, with a capital i', 'Iatchkey-web'],
])('register 409: the name of %s', async (_name, username) => {
  const { status, body } = await register(username);
  expect([status, body.code]).toEqual([409, 'username_taken']);
});

test('an operator cannot give it out either', async () => {
  const made = accountOperations(auth.store, auth).register(
    { username: 'todo-service', password: PASSWORD },
    { caller: systemCaller },
  );
  await expect(made).rejects.toMatchObject({ code: 'username_taken' });
});

test('register 409: the name of a client that came later, and one that looks like it', async () => {
  expect((await createClient('night-job')).status).toBe(201);
  for (const username of ['night-job', 'n1ght-j0b']) {
    expect((await register(username)).body.code).toBe('username_taken');
  }
});

test('a client 409: the name of a person, one that looks like it, one of a deleted account', async () => {
  await register('modern.times');
  await register('left.before');
  await auth.db.user.update({
    where: { username: 'left.before' },
    data: { deletedAt: new Date(), passwordHash: null },
  });
  for (const id of ['modern.times', 'modem.times', 'left.before']) {
    const { status, body } = await createClient(id);
    expect([id, status, body.code]).toEqual([id, 409, 'client_is_username']);
    expect(body.detail).toContain('A person has this client_id');
  }
  expect(await auth.db.client.count({ where: { id: { contains: '.' } } })).toBe(0);
});

test('a client 409: the name of a service that is no client yet', async () => {
  const { status, body } = await createClient('todo-service');
  expect([status, body.code]).toEqual([409, 'client_taken']);
});

test('a person and a client that want one name at once: one of them gets it', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `wanted-${i}`);
  const outcomes = await Promise.all(names.flatMap((name) => [createClient(name), register(name)]));
  const statuses = outcomes.map(({ status }) => status);
  for (const [i, name] of names.entries()) {
    const pair = statuses.slice(2 * i, 2 * i + 2).sort();
    expect([name, ...pair]).toEqual([name, 201, 409]);
  }
});

/** Resolves when a transaction waits for the names that another one holds. */
const someoneWaits = () =>
  expect
    .poll(async () => {
      const { rows } = await auth.pool.query(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
      );
      return rows.length;
    })
    .toBe(1);

test('a client waits for the person who is just getting the name, and is refused', async () => {
  const skeleton = skeletonOf('early.bird');
  const late = await auth.store.transaction(async ({ names, users }) => {
    expect(await names.holdProgramSkeletons([skeleton])).toEqual(new Set());
    const waiting = createClient('early.bird');
    await someoneWaits();
    await users.create({ username: 'early.bird', passwordHash: 'x' });
    return { waiting };
  });
  expect((await late.waiting).body.code).toBe('client_is_username');
});

test('a person waits for the client that is just getting the name, and is refused', async () => {
  const late = await auth.store.transaction(async ({ names }) => {
    expect(await giveProgramName(names, 'early-job')).toBe('given');
    const waiting = register('early-job');
    await someoneWaits();
    return { waiting };
  });
  expect((await late.waiting).body.code).toBe('username_taken');
});

const person = (username: string) => ({ username, skeleton: skeletonOf(username), roles: [] });

test.each(['pet-shop', 'pets'])(
  'start: refused in one line when a person is called %s',
  async (name) => {
    const scratch = await createDatabase();
    const before = await startInstance(scratch.url);
    await before.db.user.create({ data: person(name) });
    await before.stop();
    const started = spawnService(scratch.url, { SERVICES_DIR: servicesDir });
    await expect(started).rejects.toThrow(
      new RegExp(
        `^auth-service: service.json: ${name} is the username of a person[^\\n]*choose[^\\n]*$`,
        'm',
      ),
    );
    await scratch.drop();
  },
);

test('start: goes on with a person whose name looks like that of a service', async () => {
  const scratch = await createDatabase();
  const before = await startInstance(scratch.url);
  await before.db.user.create({ data: person('Pet-Sh0p') });
  await before.stop();
  const service = await spawnService(scratch.url, { SERVICES_DIR: servicesDir });
  expect(service.lines.join('\n')).toContain('usernames that look like names of services');
  await service.stop();
  await scratch.drop();
});

test("start: a service does not take over an administrator's client", async () => {
  const { publicKey } = await generateKeyPair('ES256');
  const keys = [{ ...(await exportJWK(publicKey)), alg: 'ES256' }];
  const scratch = await createDatabase();
  const before = await startInstance(scratch.url);
  await before.store.clients.create({
    id: 'support-service',
    name: "An administrator's",
    authentication: 'none',
    secretHash: null,
    jwks: undefined,
    grantTypes: ['refresh_token'],
    scopes: ['todo:read'],
    redirectUris: [],
    firstParty: false,
    audience: null,
  });
  await before.stop();
  const SERVICE_CLIENTS = JSON.stringify({ 'support-service': { keys } });
  const started = startInstance(scratch.url, { env: { SERVICE_CLIENTS } });
  await expect(started).rejects.toThrow(
    'support-service is already the client_id of another client',
  );
  await scratch.drop();
});
