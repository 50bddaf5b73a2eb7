import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { schemaDifference } from '../bin/schema-difference.ts';
import { scratchDatabase } from '../src/scratch.ts';
import { emptyDatabase, notesDir } from './empty-database.ts';

const prismaDir = join(import.meta.dirname, '../../../prisma');
const folders = [notesDir, ...readdirSync(prismaDir).map((name) => join(prismaDir, name))];

test.each(folders)('schema and migrations agree: %s', async (folder) => {
  const migrations = join(folder, 'migrations');
  const { url, drop } = await scratchDatabase({ serverUrl: inject('postgresUrl'), migrations });
  expect(await schemaDifference(url, join(folder, 'schema.prisma'))).toBeUndefined();
  await drop();
});

test('a difference is the SQL that is missing', async () => {
  const { url, drop } = await emptyDatabase();
  const sql = await schemaDifference(url, join(notesDir, 'schema.prisma'));
  expect(sql).toContain('CREATE TABLE "Note"');
  await drop();
});
