import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { withConnection, withDatabase } from '../src/connection.ts';
import { applyMigrations } from '../src/migrations.ts';
import { provisionDatabase } from '../src/provision.ts';
import { notesMigrations } from './empty-database.ts';

const adminUrl = inject('postgresUrl');
const query = async (url: string, sql: string): Promise<unknown[]> =>
  withConnection(url, async (client) => (await client.query(sql)).rows);

let mine: string;
let theirs: string;
beforeEach(() => {
  const id = randomBytes(4).toString('hex');
  mine = `mine_${id}`;
  theirs = `theirs_${id}`;
});
afterEach(async () => {
  for (const name of [mine, theirs]) {
    await query(adminUrl, `DROP DATABASE IF EXISTS ${name}`);
    await query(adminUrl, `DROP ROLE IF EXISTS ${name}`);
  }
});

const provision = (name: string, password = `it's "${name}"`) =>
  provisionDatabase({ adminUrl, name, password });

const urlOf = (role: string, database = role, password = `it's "${role}"`): string => {
  const url = new URL(withDatabase(adminUrl, database));
  url.username = role;
  url.password = encodeURIComponent(password);
  return url.href;
};

test('the role owns its database and can migrate it', async () => {
  const url = await provision(mine);
  expect(url).toBe(urlOf(mine));
  expect(await applyMigrations({ url, directory: notesMigrations })).toHaveLength(2);
});

test('the role can reach no other database', async () => {
  await Promise.all([provision(mine), provision(theirs)]);
  for (const database of [theirs, 'postgres', 'template1']) {
    const attempt = query(urlOf(mine, database), 'SELECT 1');
    await expect(attempt, database).rejects.toMatchObject({ code: '42501' });
  }
});

test('again and at once: data is kept, the last password counts', async () => {
  await provision(mine);
  await query(urlOf(mine), 'CREATE TABLE kept (n int)');
  await Promise.all(Array.from({ length: 5 }, () => provision(mine, 'second')));
  expect(await query(urlOf(mine, mine, 'second'), 'SELECT * FROM kept')).toEqual([]);
  await expect(query(urlOf(mine), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
});
