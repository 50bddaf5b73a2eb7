import { expect, inject, test } from 'vitest';
import { withConnection } from '../src/connection.ts';
import { scratchDatabase } from '../src/scratch.ts';
import { notesDatabase, notesMigrations } from './empty-database.ts';

const query = async (url: string, sql: string): Promise<unknown[]> =>
  withConnection(url, async (client) => (await client.query(sql)).rows);

test('each has all migrations and is apart from the others', async () => {
  const [one, two] = await Promise.all([notesDatabase(), notesDatabase()]);
  await query(one.url, `INSERT INTO "Note" (text) VALUES ('only here')`);
  expect(await query(one.url, 'SELECT text FROM "Note"')).toEqual([{ text: 'only here' }]);
  expect(await query(two.url, 'SELECT text FROM "Note"')).toEqual([]);
  await Promise.all([one.drop(), two.drop()]);
});

test('drop removes it, though a connection is open', async () => {
  const { url, drop } = await notesDatabase();
  await withConnection(url, async () => {
    await drop();
  });
  await expect(query(url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
});

test('many at once on a server that has no template yet', async () => {
  const serverUrl = inject('postgresUrl');
  const templates = await query(serverUrl, 'SELECT datname FROM pg_database WHERE datistemplate');
  for (const { datname } of templates as { datname: string }[]) {
    if (!datname.startsWith('template_')) continue;
    await query(serverUrl, `ALTER DATABASE "${datname}" IS_TEMPLATE false`);
  }
  const all = await Promise.all(
    Array.from({ length: 8 }, () => scratchDatabase({ serverUrl, migrations: notesMigrations })),
  );
  expect(new Set(all.map(({ url }) => url)).size).toBe(8);
  await Promise.all(all.map(({ drop }) => drop()));
});
