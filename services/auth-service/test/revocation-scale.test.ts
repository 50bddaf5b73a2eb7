import { withConnection } from '@latchkey/database/connection';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readStatusNotice, type StatusNotice } from '../src/status-lists/status-channel.ts';
import { type AuthService, startAuthService } from './harness.ts';
import { changedPlaces } from './issued-tokens.ts';

const LISTS = 3;
const SESSIONS = 1_000;
const TOKENS = 10_000;
/** What it takes on an idle machine is a fraction of it. */
const LIMIT_MS = 5_000;

let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService();
});
afterAll(() => auth.stop());

test('1,000 sessions with 10,000 tokens end in one act; each list is changed in order', async () => {
  const { id } = await auth.db.user.findUniqueOrThrow({ where: { username: 'wangerge' } });
  const token = await auth.adminToken();
  await auth.pool.query(
    `INSERT INTO status_list (id, size, expires_at)
     SELECT 1000 + n, 131072, now() + interval '2 hours' FROM generate_series(1, $1::int) n`,
    [LISTS],
  );
  await auth.pool.query(
    `INSERT INTO session (id, user_id, client_id, scope, expires_at)
     SELECT gen_random_uuid(), $1, 'latchkey-web', '', now() + interval '1 day'
     FROM generate_series(1, $2::int)`,
    [id, SESSIONS],
  );
  await auth.pool.query(
    `WITH numbered AS (SELECT id, row_number() OVER () - 1 AS n FROM session WHERE user_id = $1)
     INSERT INTO issued_token (list_id, idx, session_id, client_id, expires_at)
     SELECT 1001 + t % $3, t, id, 'latchkey-web', now() + interval '20 minutes'
     FROM generate_series(0, $2::int - 1) t JOIN numbered ON n = t % $4`,
    [id, TOKENS, LISTS, SESSIONS],
  );
  const heard: Extract<StatusNotice, { list: number }>[] = [];
  await withConnection(auth.scratch.url, async (client) => {
    client.on('notification', ({ payload }) => {
      const notice = readStatusNotice(payload);
      if (notice && 'list' in notice) heard.push(notice);
    });
    await client.query('LISTEN latchkey_status');
    const start = performance.now();
    const { status } = await auth.request(`DELETE /admin/users/${id}/sessions`, { token });
    const tookMs = performance.now() - start;
    expect(status).toBe(204);
    expect(tookMs).toBeLessThan(LIMIT_MS);
    await expect.poll(() => heard.length).toBe(LISTS * 7);
  });
  const { places, faults } = await changedPlaces(auth);
  expect(faults).toEqual([]);
  expect(places).toHaveLength(TOKENS);
  for (const list of [1001, 1002, 1003]) {
    const notices = heard.filter((notice) => notice.list === list);
    expect(notices.map((notice) => notice.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const indices = notices.flatMap((notice) => notice.idx ?? []);
    const ofList = places.filter((place) => place.startsWith(`${list}:`));
    expect(indices.map((index) => `${list}:${index}`).sort()).toEqual(ofList);
  }
});
