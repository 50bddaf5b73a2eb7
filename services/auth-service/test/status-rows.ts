import type { Pool } from 'pg';
import { expect } from 'vitest';
import { eventually } from './status-listener.ts';

const WEEK_MS = 7 * 86_400_000;
const CHANNEL = 'latchkey_status';

interface ManyChanges {
  changes: number;
  each?: number;
  first?: number;
  /** Without a notification, as when it is lost. */
  silent?: boolean;
}

/** Writes status lists as revoking does. */
export function statusRows(pool: Pick<Pool, 'query'>, now: () => number = Date.now) {
  const notify = (notice: object) =>
    pool.query('SELECT pg_notify($1, $2)', [CHANNEL, JSON.stringify(notice)]);
  return {
    notify,

    /** Removes the list that each of these instances has opened to issue from, so that none is live. */
    async removeOwn(...urls: string[]): Promise<void> {
      const count = async () =>
        (await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM status_list')).rows[0]?.n;
      await eventually(async () => expect(await count()).toBe(urls.length));
      await pool.query('DELETE FROM status_list');
      for (const url of urls) {
        await eventually(async () =>
          expect(await (await fetch(`${url}/status-lists`)).json()).toEqual({ status_lists: [] }),
        );
      }
    },

    async open({ size = 131_072, lifeMs = WEEK_MS } = {}): Promise<number> {
      const { rows } = await pool.query<{ id: number }>(
        'INSERT INTO status_list (size, expires_at) VALUES ($1, $2) RETURNING id',
        [size, new Date(now() + lifeMs)],
      );
      const list = rows[0]?.id as number;
      await notify({ list, seq: 0 });
      return list;
    },

    /** One change. @returns its number */
    async revoke(list: number, idx: number[], { silent = false } = {}): Promise<number> {
      const { rows } = await pool.query<{ seq: number }>(
        `WITH changed AS (UPDATE status_list SET seq = seq + 1 WHERE id = $1 RETURNING seq),
           written AS (INSERT INTO status_change (list_id, seq, indices)
             SELECT $1, seq, $2::int[] FROM changed RETURNING seq, indices)
         SELECT seq, CASE WHEN $3 THEN NULL ELSE pg_notify($4, json_build_object(
           'list', $1::int, 'seq', seq, 'idx', array_to_json(indices))::text) END FROM written`,
        [list, idx, silent, CHANNEL],
      );
      return rows[0]?.seq as number;
    },

    /** So many changes of `each` indices in one transaction, from index `first` on. */
    async revokeMany(
      list: number,
      { changes, each = 1, first = 0, silent = false }: ManyChanges,
    ): Promise<void> {
      await pool.query(
        `WITH changed AS (UPDATE status_list SET seq = seq + $2 WHERE id = $1 RETURNING seq),
           written AS (INSERT INTO status_change (list_id, seq, indices)
             SELECT $1, changed.seq - $2 + n,
               ARRAY(SELECT ($4 + (n - 1) * $3 + i) % 131072 FROM generate_series(0, $3 - 1) AS i)
             FROM changed, generate_series(1, $2) AS n RETURNING seq, indices)
         SELECT count(CASE WHEN $5 THEN NULL ELSE pg_notify($6, json_build_object(
           'list', $1::int, 'seq', seq, 'idx', array_to_json(indices))::text) END)
         FROM (SELECT * FROM written ORDER BY seq) AS ordered`,
        [list, changes, each, first, silent, CHANNEL],
      );
    },
  };
}
