import type {} from '@latchkey/postgres/vitest-global-setup';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { type Following, followNotifications } from '../src/notifications.ts';
import { type ScratchDatabase, scratchDatabase } from '../src/scratch.ts';

const migrations = new URL('notes/migrations', import.meta.url).pathname;
const NAME = 'test follower';
let scratch: ScratchDatabase;
let pool: pg.Pool;
let following: Following;
const heard: (string | undefined)[] = [];
/** What it did and said, in order. */
const said: string[] = [];

beforeAll(async () => {
  scratch = await scratchDatabase({ serverUrl: inject('postgresUrl'), migrations });
  pool = new pg.Pool({ connectionString: scratch.url });
  pool.on('error', () => undefined);
  following = followNotifications(pool, {
    channel: 'news',
    applicationName: NAME,
    readEveryMs: 60_000,
    read(client) {
      said.push('read');
      return client.query('SELECT 1');
    },
    onNotice(payload) {
      if (payload === 'nonsense') throw new Error('not understood');
      heard.push(payload);
      return payload === 'read' ? 'read' : undefined;
    },
    onOpen: () => said.push('open'),
    onLost: () => said.push('lost'),
    onUnavailable: () => said.push('unavailable'),
  });
  await soon(() => expect(said).toEqual(['read', 'open']));
}, 60_000);
afterAll(async () => {
  await following.close();
  await pool.end();
  await scratch.drop();
});

const say = (payload: string) => pool.query('SELECT pg_notify($1, $2)', ['news', payload]);
const soon = (check: () => void) => vi.waitFor(check, { timeout: 15_000 });

test('hears what is committed, in order, and reads when a notice asks for it', async () => {
  await say('one');
  await say('read');
  await soon(() => expect(heard).toEqual(['one', 'read']));
  await soon(() => expect(said).toEqual(['read', 'open', 'read']));
});

test('reads when a notice cannot be understood, and hears the next one', async () => {
  said.length = 0;
  await say('nonsense');
  await soon(() => expect(said).toEqual(['read']));
  await say('sense');
  await soon(() => expect(heard.at(-1)).toBe('sense'));
});

test('reads and hears again after its connection was cut, and says that it was', async () => {
  said.length = 0;
  await pool.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
    [NAME],
  );
  // The reading that finds it out comes first.
  await soon(() => expect(said).toEqual(['read', 'lost', 'read', 'open']));
  await say('two');
  await soon(() => expect(heard.at(-1)).toBe('two'));
}, 30_000);

test('comes back when the database does; its absence is said once', async () => {
  said.length = 0;
  await scratch.suspend();
  await soon(() => expect(said).toEqual(['read', 'lost', 'unavailable']));
  // Further attempts, which stay quiet.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await scratch.resume();
  await soon(() => expect(said).toEqual(['read', 'lost', 'unavailable', 'read', 'open']));
  await say('three');
  await soon(() => expect(heard.at(-1)).toBe('three'));
}, 60_000);

test('leaves no connection behind, which is no loss', async () => {
  said.length = 0;
  await following.close();
  await vi.waitFor(async () => {
    const { rowCount } = await pool.query(
      'SELECT 1 FROM pg_stat_activity WHERE application_name = $1',
      [NAME],
    );
    expect(rowCount).toBe(0);
  });
  expect(said).toEqual([]);
});
