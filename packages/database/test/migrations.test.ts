import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { wholeSchema, withSchemaEngine } from '../bin/schema-engine.ts';
import { withConnection } from '../src/connection.ts';
import { readMigrations } from '../src/migration-files.ts';
import { applyMigrations, MigrationError } from '../src/migrations.ts';
import type { ScratchDatabase } from '../src/scratch.ts';
import { emptyDatabase, notesMigrations } from './empty-database.ts';

const NAMES = ['20260101000000_first', '20260102000000_function'];

let database: ScratchDatabase;
let directory: string;
beforeEach(async () => {
  database = await emptyDatabase();
  directory = await mkdtemp(join(tmpdir(), 'latchkey-migrations-'));
  await cp(notesMigrations, directory, { recursive: true });
});
afterEach(async () => {
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

const apply = () => applyMigrations({ url: database.url, directory });
const query = async (sql: string): Promise<unknown[]> =>
  withConnection(database.url, async (client) => (await client.query(sql)).rows);

const addMigration = async (name: string, sql: string): Promise<void> => {
  await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, name, 'migration.sql'), sql);
};

test('applies in order, into the table of prisma migrate, and only once', async () => {
  expect(await apply()).toEqual(NAMES);
  expect(await query("SELECT shout('a')")).toEqual([{ shout: 'A; ' }]);
  expect(await query('SELECT migration_name FROM _prisma_migrations ORDER BY 1')).toEqual(
    NAMES.map((migration_name) => ({ migration_name })),
  );
  expect(await apply()).toEqual([]);
});

test('a process that applies them writes nothing on standard error', async () => {
  const module = new URL('../src/migrations.ts', import.meta.url).href;
  const script = `
    const { applyMigrations } = await import(${JSON.stringify(module)});
    await applyMigrations(${JSON.stringify({ url: database.url, directory })});`;
  const { stderr } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    script,
  ]);
  expect(stderr).toBe('');
});

test('six processes at once: one applies, all succeed', async () => {
  const module = new URL('../src/migrations.ts', import.meta.url).href;
  const script = `
    const { applyMigrations } = await import(${JSON.stringify(module)});
    const names = await applyMigrations(${JSON.stringify({ url: database.url, directory })});
    console.log(JSON.stringify(names));`;
  const results = await Promise.all(
    Array.from({ length: 6 }, () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]),
    ),
  );
  const applied = results.flatMap(({ stdout }) => JSON.parse(stdout) as string[]);
  expect(applied).toEqual(NAMES);
});

test('only the missing ones are applied', async () => {
  await apply();
  await addMigration('20260103000000_more', 'CREATE TABLE more (n int)');
  expect(await apply()).toEqual(['20260103000000_more']);
});

const listForPrisma = async () => ({
  baseDir: directory,
  lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
  shadowDbInitScript: '',
  migrationDirectories: (await readMigrations(directory)).map(({ name, sql }) => ({
    path: name,
    migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
  })),
});

describe("Prisma's own engine agrees", () => {
  const diagnose = async () => {
    const migrationsList = await listForPrisma();
    return withSchemaEngine(database.url, async (engine) => ({
      ...(await engine.diagnoseMigrationHistory({
        migrationsList,
        optInToShadowDatabase: false,
        filters: wholeSchema,
      })),
      ...(await engine
        .applyMigrations({ migrationsList, filters: wholeSchema })
        .catch((error: Error) => ({ refusal: error.message }))),
    }));
  };

  test('that nothing is left to apply', async () => {
    await apply();
    expect(await diagnose()).toEqual({
      history: null,
      failedMigrationNames: [],
      editedMigrationNames: [],
      hasMigrationsTable: true,
      appliedMigrationNames: [],
    });
    expect(
      await query(`SELECT DISTINCT applied_steps_count, started_at <= finished_at AS ended, logs,
        rolled_back_at FROM _prisma_migrations`),
    ).toEqual([{ applied_steps_count: 1, ended: true, logs: null, rolled_back_at: null }]);
  });

  test('that one failed, and that it was applied once it was corrected', async () => {
    await addMigration('20260103000000_bad', 'SELECT 1/0;');
    await expect(apply()).rejects.toThrow('division by zero');
    expect(await diagnose()).toMatchObject({
      failedMigrationNames: ['20260103000000_bad'],
      refusal: expect.stringContaining('20260103000000_bad'),
    });
    await addMigration('20260103000000_bad', 'SELECT 1;');
    await apply();
    expect(await diagnose()).toMatchObject({ history: null, failedMigrationNames: [] });
  });

  test('on the table that Prisma made itself', async () => {
    await rm(directory, { recursive: true });
    await addMigration('20260101000000_first', 'CREATE TABLE first (n int)');
    expect(await diagnose()).toMatchObject({ appliedMigrationNames: ['20260101000000_first'] });
    await addMigration('20260102000000_more', 'CREATE TABLE more (n int)');
    expect(await apply()).toEqual(['20260102000000_more']);
    expect(await diagnose()).toMatchObject({ history: null, appliedMigrationNames: [] });
  });
});

test('a statement that cannot be in a transaction has a migration for itself', async () => {
  const statement = 'CREATE INDEX CONCURRENTLY more_n ON more (n);';
  await addMigration('20260103000000_more', 'CREATE TABLE more (n int);');
  await addMigration('20260104000000_index', `-- While others write.\n${statement}\n`);
  await apply();
  expect(await query("SELECT to_regclass('more_n')::text AS index")).toEqual([{ index: 'more_n' }]);

  await addMigration('20260105000000_two', `CREATE TABLE two (n int);${statement}`);
  await expect(apply()).rejects.toThrow(/20260105000000_two.*cannot .* transaction block/);
  expect(await query("SELECT to_regclass('two') AS two")).toEqual([{ two: null }]);
});

test('what a script sets is gone for the next one, and does not reach the records', async () => {
  await addMigration('20260103000000_path', "SELECT set_config('search_path', '', false);");
  await addMigration('20260104000000_more', 'CREATE TABLE more (n int);');
  await apply();
  expect(await query("SELECT to_regclass('public.more')::text AS more")).toEqual([
    { more: 'more' },
  ]);
});

test('a script that leaves its transaction open has failed', async () => {
  await addMigration('20260103000000_open', 'BEGIN; CREATE TABLE half (n int);');
  await expect(apply()).rejects.toThrow(/20260103000000_open.*transaction block/);
  expect(await query("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
});

test('one that was cut off stops the next start, which says so', async () => {
  await apply();
  await addMigration('20260103000000_cut', 'SELECT 1;');
  const checksum = (await readMigrations(directory)).at(-1)?.checksum;
  await query(`INSERT INTO _prisma_migrations (id, checksum, migration_name)
    VALUES ('cut', '${checksum}', '20260103000000_cut')`);
  await expect(apply()).rejects.toThrow(/20260103000000_cut.*it was cut off/);
});

test('a database with tables of something else is refused, as Prisma does', async () => {
  await query('CREATE TABLE theirs (n int)');
  const failure: unknown = await apply().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(MigrationError);
  expect((failure as Error).message).toMatch(/holds tables that no migration made \(theirs\)/);
});

test('an older release starts on a newer database', async () => {
  await addMigration('20260103000000_more', 'CREATE TABLE more (n int)');
  await apply();
  await rm(join(directory, '20260103000000_more'), { recursive: true });
  expect(await apply()).toEqual([]);
});

test('a migration that was changed after it had been applied is refused', async () => {
  await apply();
  await addMigration(NAMES[0] ?? '', 'SELECT 1');
  await expect(apply()).rejects.toThrow(MigrationError);
});

test('one that fails leaves nothing half done, says why, and stops the next start', async () => {
  await addMigration('20260103000000_bad', 'CREATE TABLE half (n int); SELECT 1/0;');
  const failure: unknown = await apply().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(MigrationError);
  expect((failure as Error).message).toMatch(/20260103000000_bad.*division by zero/);
  expect((failure as Error).message).not.toContain('\n');
  expect(await query("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
  await expect(apply()).rejects.toThrow(/20260103000000_bad.*division by zero/);
});

test('one that failed is tried again once its script was corrected', async () => {
  await addMigration('20260103000000_bad', 'CREATE TABLE half (n int); SELECT 1/0;');
  await expect(apply()).rejects.toThrow('division by zero');
  await addMigration('20260103000000_bad', 'CREATE TABLE half (n int);');
  expect(await apply()).toEqual(['20260103000000_bad']);
  expect(await apply()).toEqual([]);
});

test.each([
  ['LF, then CRLF', '\n', '\r\n'],
  ['CRLF, then LF', '\r\n', '\n'],
])('a checkout with other line ends is no change: %s', async (_, before, after) => {
  const script = (end: string) => `CREATE TABLE more (${end}  n int${end});${end}`;
  await addMigration('20260103000000_more', script(before));
  await apply();
  await addMigration('20260103000000_more', script(after));
  expect(await apply()).toEqual([]);
});

test('a checksum that was recorded from CRLF, as earlier versions did, still counts', async () => {
  await addMigration('20260103000000_more', 'CREATE TABLE more (n int);\n');
  await apply();
  const ofCrlf = createHash('sha256').update('CREATE TABLE more (n int);\r\n').digest('hex');
  await query(
    `UPDATE _prisma_migrations SET checksum = '${ofCrlf}' WHERE migration_name LIKE '%more'`,
  );
  expect(await apply()).toEqual([]);
});

test('the checksum of LF is the one that prisma migrate records', async () => {
  const script = 'CREATE TABLE more (n int);\n';
  await addMigration('20260103000000_more', script);
  const [last] = (await readMigrations(directory)).slice(-1);
  expect(last?.checksum).toBe(createHash('sha256').update(script).digest('hex'));
});

describe('what is wrong with the files is one line that names them', () => {
  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'a folder without a script',
      () => mkdir(join(directory, '20260103000000_empty')),
      /20260103000000_empty\/migration\.sql is missing: restore it, or remove its folder/,
    ],
    [
      'a folder of another name',
      () => addMigration('add-due-date', 'SELECT 1'),
      /add-due-date must be named by its time/,
    ],
    [
      'a script that lies in no folder',
      () => writeFile(join(directory, '20260103000000_more.sql'), 'SELECT 1'),
      /20260103000000_more\.sql is not read: a migration is a folder/,
    ],
    [
      'a script that is a folder',
      () => mkdir(join(directory, '20260103000000_more', 'migration.sql'), { recursive: true }),
      /migration\.sql cannot be read \(EISDIR\)/,
    ],
    ['no migrations at all', () => rm(directory, { recursive: true }), /is missing: make it with/],
    [
      'a file in the place of the folder',
      () => rm(directory, { recursive: true }).then(() => writeFile(directory, '')),
      /cannot be read \(ENOTDIR\)/,
    ],
  ])('%s', async (_, spoil, message) => {
    await spoil();
    const failure: unknown = await apply().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MigrationError);
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).not.toContain('\n');
  });
});
