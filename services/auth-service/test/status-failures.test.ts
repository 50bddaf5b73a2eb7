import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scratchDatabase } from '@latchkey/database/scratch';
import { startPostgres } from '@latchkey/postgres/embedded';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { createDatabase, startInstance } from './harness.ts';
import { type ServiceProcess, spawnService } from './service-process.ts';
import { eventually, listenTo, type TestListener } from './status-listener.ts';
import { statusRows } from './status-rows.ts';

const migrations = join(import.meta.dirname, '../../../prisma/auth/migrations');

const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

async function database() {
  const scratch = await createDatabase();
  const pool = new pg.Pool({ connectionString: scratch.url, max: 4 });
  pool.on('error', () => undefined);
  running.push(scratch.drop, () => pool.end());
  return { scratch, rows: statusRows(pool) };
}

async function spawn(url: string, env = {}): Promise<ServiceProcess> {
  const service = await spawnService(url, { LOG_LEVEL: 'info', ...env });
  running.push(service.kill);
  await eventually(async () =>
    expect((await fetch(`${service.url}/status-lists`)).status).toBe(200),
  );
  return service;
}

async function listen(url: string, lastEventId?: string): Promise<TestListener> {
  const listener = await listenTo(url, lastEventId === undefined ? {} : { lastEventId });
  running.push(listener.close);
  return listener;
}

test('an instance killed while it publishes: its listeners miss nothing at another', async () => {
  const { scratch, rows } = await database();
  const [doomed, other] = await Promise.all([spawn(scratch.url), spawn(scratch.url)]);
  await rows.removeOwn(doomed.url, other.url);
  const list = await rows.open();
  const listeners: TestListener[] = [await listen(doomed.url)];
  await eventually(() => expect(listeners[0]?.states().at(-1)?.id).toBe(`${list}.0`));
  const revoking = (async () => {
    for (let index = 0; index < 200; index += 1) await rows.revoke(list, [index]);
  })();
  await listeners[0]?.untilIndices(40);
  await doomed.kill();
  await eventually(() => expect(listeners[0]?.hasEnded()).toBe(true));
  const lastEventId = listeners[0]?.events.at(-1)?.id;
  listeners.push(await listen(other.url, lastEventId));
  await revoking;

  const steps = () => listeners.flatMap((listener) => listener.steps());
  await eventually(() => expect(steps().at(-1)?.seq).toBe(200), { timeout: 5_000 });
  // Together without a gap: each begins where the one before it ended.
  expect(steps().map(({ after }) => after)).toEqual([
    0,
    ...steps()
      .slice(0, -1)
      .map(({ seq }) => seq),
  ]);
  expect(steps().flatMap(({ idx }) => idx)).toEqual(Array.from({ length: 200 }, (_, i) => i));
}, 60_000);

test('SIGTERM: streams end at once, one that is not read holds nothing up, a line each in the log', async () => {
  const { scratch, rows } = await database();
  const service = await spawn(scratch.url);
  await rows.removeOwn(service.url);
  const list = await rows.open();
  const listeners = await Promise.all(Array.from({ length: 20 }, () => listen(service.url)));
  const stuck = httpRequest(`${service.url}/status-lists/events`, (res) => {
    res.pause();
    res.socket.pause();
  });
  stuck.on('error', () => undefined).end();
  running.push(async () => stuck.destroy());
  const metrics = async () => (await fetch(`${service.url}/metrics`)).text();
  await eventually(async () => expect(await metrics()).toMatch(/^status_listeners\S* 21$/m));
  // As much as the system's buffers for it take, and less than it is dropped for.
  await rows.revokeMany(list, { changes: 200, each: 500, silent: true });
  await eventually(() => expect(listeners[0]?.states().at(-1)?.id).toBe(`${list}.200`), {
    timeout: 10_000,
  });

  const startedAt = performance.now();
  expect(await service.stop()).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(4_000);
  expect(listeners.every((listener) => listener.hasEnded())).toBe(true);
  const lines = service.lines.filter((line) => line.includes('"route":"/status-lists/events"'));
  expect(lines).toHaveLength(21);
}, 60_000);

test('PostgreSQL restarts: what was revoked before, between and after is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-status-'));
  running.push(() => rm(folder, { recursive: true, force: true }));
  const options = { dataDir: join(folder, 'postgres'), password: 'test', durable: false };
  let server = await startPostgres(options);
  running.push(() => server.stop());
  const { port } = server;
  const scratch = await scratchDatabase({ serverUrl: server.adminUrl, migrations });
  const instance = await startInstance(scratch.url);
  running.push(instance.stop);
  const rows = statusRows(instance.pool);
  await rows.removeOwn(instance.url);
  const list = await rows.open();
  await eventually(() => expect(instance.statusLists?.uris()).toHaveLength(1));
  const listener = await listen(instance.url);
  await rows.revoke(list, [1]);
  await server.stop();
  server = await startPostgres({ ...options, port });
  await eventually(() => rows.revoke(list, [2]), { timeout: 5_000 });
  await listener.untilIndices(2, 8_000);
  await rows.revoke(list, [3]);
  await listener.untilIndices(3, 1_000);
  expect(listener.indices()).toEqual([1, 2, 3]);
  expect(listener.hasEnded()).toBe(false);
}, 60_000);
