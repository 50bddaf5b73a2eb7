import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withConnection } from '../src/connection.ts';
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
  await rm(directory, { recursive: true });
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

test('with nothing to do, loads no engine', async () => {
  await apply();
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
  await expect(apply()).rejects.toThrow(/20260103000000_bad/);
});
