import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Postgres, startPostgres } from '@latchkey/postgres/embedded';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { PrismaClient } from '../generated/prisma/client.ts';
import { type Database, isDatabaseAway, openDatabase } from '../src/client.ts';
import { withConnection } from '../src/connection.ts';
import type { ScratchDatabase } from '../src/scratch.ts';
import { notesDatabase } from './empty-database.ts';

let scratch: ScratchDatabase;
let database: Database<PrismaClient>;
beforeEach(async () => {
  scratch = await notesDatabase();
  database = openDatabase(PrismaClient, {
    url: scratch.url,
    poolSize: 2,
    connectTimeoutMs: 300,
    statementTimeoutMs: 300,
  });
});
afterEach(async () => {
  await database.close();
  await scratch.drop();
});

const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.fail('it succeeded'),
    (error: unknown) => error,
  );

test('is the service’s own Prisma client', async () => {
  await database.ping();
  const note = await database.client.note.create({ data: { text: 'hello' } });
  expect(await database.client.note.findMany()).toEqual([note]);
});

test('never holds more connections than the pool has', async () => {
  await Promise.all(
    Array.from({ length: 10 }, () => database.client.$queryRaw`SELECT pg_sleep(0.01)::text`),
  );
  expect(database.pool.totalCount).toBe(2);
});

test('a time means the same in whatever time zone the database is', async () => {
  const name = new URL(scratch.url).pathname.slice(1);
  await database.pool.query(`ALTER DATABASE "${name}" SET TimeZone TO 'Asia/Kolkata'`);
  await database.close();
  database = openDatabase(PrismaClient, { url: scratch.url });
  const time = new Date('2026-01-31T12:00:00Z');
  const rows = await database.client.$queryRaw<{ ms: number }[]>`
    SELECT (extract(epoch FROM ${time}::timestamptz) * 1000)::float8 AS ms`;
  expect(rows).toEqual([{ ms: time.getTime() }]);
});

describe('the database is away', () => {
  test('while nobody listens', async () => {
    const away = openDatabase(PrismaClient, { url: 'postgresql://a:b@127.0.0.1:1/c' });
    expect(isDatabaseAway(await caught(away.ping()))).toBe(true);
    expect(isDatabaseAway(await caught(away.client.note.findMany()))).toBe(true);
    await away.close();
  });

  test('while it accepts and says nothing', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const url = `postgresql://a:b@127.0.0.1:${port}/c`;
    const away = openDatabase(PrismaClient, { url, connectTimeoutMs: 100 });
    expect(isDatabaseAway(await caught(away.ping()))).toBe(true);
    expect(isDatabaseAway(await caught(away.client.note.findMany()))).toBe(true);
    await away.close();
    silent.close();
  });

  test('when it cuts connections, and is back with the next query', async () => {
    const { client } = database;
    await client.note.findMany();
    const waiting = caught(client.$queryRaw`SELECT pg_sleep(0.2)::text`);
    await withConnection(inject('postgresUrl'), async (admin) => {
      for (;;) {
        const { rowCount } = await admin.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = $1 AND query LIKE '%pg_sleep%'`,
          [new URL(scratch.url).pathname.slice(1)],
        );
        if (rowCount) break;
      }
    });
    expect(isDatabaseAway(await waiting)).toBe(true);
    expect(await client.note.findMany()).toEqual([]);
  });

  test('when a statement or the wait for a connection takes too long', async () => {
    const { client, pool } = database;
    expect(isDatabaseAway(await caught(client.$queryRaw`SELECT pg_sleep(9)::text`))).toBe(true);
    const held = await Promise.all([pool.connect(), pool.connect()]);
    expect(isDatabaseAway(await caught(client.note.findMany()))).toBe(true);
    const transaction = client.$transaction([client.note.findMany()]);
    expect(isDatabaseAway(await caught(transaction))).toBe(true);
    for (const connection of held) connection.release();
  });

  test('when it has gone in the middle of a transaction', async () => {
    const folder = await makeOpenFolder('latchkey-away-');
    const dataDir = join(folder, 'postgres');
    const options = { dataDir, password: 'x', durable: false };
    const server: Postgres = await startPostgres(options);
    const doomed = openDatabase(PrismaClient, { url: server.adminUrl });
    const failure = await caught(
      doomed.client.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT 1`;
        await server.stop();
        await tx.$queryRaw`SELECT 1`;
      }),
    );
    expect(isDatabaseAway(failure)).toBe(true);
    expect(isDatabaseAway(await caught(doomed.client.$queryRaw`SELECT 1`))).toBe(true);
    await doomed.close();
    await rm(folder, { recursive: true });
  });
});

describe('the database is there', () => {
  test.each<[string, (client: PrismaClient) => Promise<unknown>]>([
    [
      'a unique constraint',
      async (c) => c.note.createMany({ data: [{ text: 'a' }, { text: 'a' }] }),
    ],
    ['a row that is absent', (c) => c.note.update({ where: { id: 99 }, data: { text: 'b' } })],
    ['wrong SQL', (c) => c.$queryRawUnsafe('SELEKT 1')],
    ['a wrong argument', (c) => c.note.findMany({ take: 'many' as unknown as number })],
  ])('and refuses %s', async (_, work) => {
    expect(isDatabaseAway(await caught(work(database.client)))).toBe(false);
  });

  test.each([undefined, null, 'ECONNREFUSED', new Error('Connection: close'), { code: 'P2002' }])(
    'as far as %s says',
    (error) => expect(isDatabaseAway(error)).toBe(false),
  );
});
