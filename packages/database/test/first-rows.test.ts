import { afterAll, beforeAll, expect, test } from 'vitest';
import { withConnection } from '../src/connection.ts';
import { everHadRows } from '../src/first-rows.ts';
import type { ScratchDatabase } from '../src/scratch.ts';
import { notesDatabase } from './empty-database.ts';

let scratch: ScratchDatabase;
beforeAll(async () => {
  scratch = await notesDatabase();
});
afterAll(() => scratch.drop());

test('a database has had rows once one was made, though it is gone again', async () => {
  expect(await everHadRows(scratch.url)).toBe(false);
  await withConnection(scratch.url, (client) =>
    client.query('INSERT INTO "Note" (text) VALUES (1)'),
  );
  expect(await everHadRows(scratch.url)).toBe(true);
  await withConnection(scratch.url, (client) => client.query('DELETE FROM "Note"'));
  expect(await everHadRows(scratch.url)).toBe(true);
});
