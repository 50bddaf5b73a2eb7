import type { Database } from '@latchkey/database/client';
import {
  type Follower,
  type Following,
  followNotifications,
} from '@latchkey/database/notifications';
import type { Prisma } from '../../generated/prisma/client.ts';
import { readTicketNotice, type TicketChange } from './ticket-change.ts';

const CHANNEL = 'latchkey_tickets';
/** The name in pg_stat_activity of the connection that hears of changes. */
const CHANGES_CONNECTION = 'latchkey ticket changes';
/** How long a connection that died without a word goes unnoticed, at most, beside a query's time-out. */
const CHECK_EVERY_MS = 5_000;

/** Within the transaction of the change: every instance hears it when that commits, or never. */
export const announceChange = (transaction: Prisma.TransactionClient, change: TicketChange) =>
  transaction.$executeRaw`SELECT pg_notify(${CHANNEL}, ${JSON.stringify(change)})`;

interface ChangeFollower extends Pick<Follower, 'onOpen' | 'onLost' | 'onUnavailable'> {
  onChange(change: TicketChange): void;
}

export type TicketChangeRepository = ReturnType<typeof ticketChangeRepository>;

export function ticketChangeRepository({ pool }: Pick<Database<unknown>, 'pool'>) {
  const followings: Following[] = [];
  return {
    follow({ onChange, ...follower }: ChangeFollower): void {
      const following = followNotifications(pool, {
        ...follower,
        channel: CHANNEL,
        applicationName: CHANGES_CONNECTION,
        readEveryMs: CHECK_EVERY_MS,
        read: (client) => client.query('SELECT 1'),
        onNotice(payload) {
          const change = readTicketNotice(payload);
          if (change) onChange(change);
          return undefined;
        },
      });
      followings.push(following);
    },

    close: () => Promise.all(followings.map((following) => following.close())),
  };
}
