import { type Follower, followNotifications } from '@latchkey/database/notifications';
import type pg from 'pg';
import { STATUS_CHANNEL } from './status-channel.ts';

export interface ListRow {
  id: number;
  /** How many indices it has. */
  size: number;
  /** The number of its last change. */
  seq: number;
  expiresAt: Date;
}

/** Indices that were revoked together. */
export interface ListChange {
  seq: number;
  indices: readonly number[];
}

/** What is asked on the connection that hears each notification. */
export interface StatusConnection {
  listLive(at: Date): Promise<ListRow[]>;
  /** The first changes after `seq`, in order. */
  listChanges(listId: number, after: { seq: number; take: number }): Promise<ListChange[]>;
  /** Keys that went since `since`, before the time at which the schedule would have removed them. */
  listRemovedKeys(since: Date, retainMs: number): Promise<string[]>;
}

/** The connection's name in pg_stat_activity. */
export const STATUS_CONNECTION = 'latchkey status lists';

/** More than that are no emergency. */
const MAX_REMOVED_KEYS = 20;

export type StatusListRepository = ReturnType<typeof statusListRepository>;

type StatusFollower = Omit<Follower, 'channel' | 'applicationName' | 'read'> & {
  read(connection: StatusConnection): Promise<void>;
};

export function statusListRepository(pool: pg.Pool) {
  return {
    follow: (follower: StatusFollower) =>
      followNotifications(pool, {
        ...follower,
        channel: STATUS_CHANNEL,
        applicationName: STATUS_CONNECTION,
        read: (client) => follower.read(queriesOn(client)),
      }),
  };
}

const queriesOn = (client: pg.Client): StatusConnection => ({
  async listLive(at) {
    const { rows } = await client.query<ListRow>(
      `SELECT id, size, seq, expires_at AS "expiresAt" FROM status_list
       WHERE expires_at > $1 ORDER BY id`,
      [at],
    );
    return rows;
  },

  async listChanges(listId, { seq, take }) {
    const { rows } = await client.query<ListChange>(
      `SELECT seq, indices FROM status_change WHERE list_id = $1 AND seq > $2
       ORDER BY seq LIMIT $3`,
      [listId, seq, take],
    );
    return rows;
  },

  async listRemovedKeys(since, retainMs) {
    const { rows } = await client.query<{ id: string }>(
      `SELECT id FROM signing_key WHERE state = 'gone' AND gone_at > $1
         AND (retired_at IS NULL OR gone_at < retired_at + $2 * interval '1 millisecond')
       ORDER BY gone_at DESC LIMIT ${MAX_REMOVED_KEYS}`,
      [since, retainMs],
    );
    return rows.map(({ id }) => id);
  },
});
