import type { Tx } from '../database.ts';
import { STATUS_CHANNEL } from './status-channel.ts';

/** What every instance hears when the transaction commits. */
export function statusNoticeRepository(db: Tx) {
  return {
    async keyRemoved(id: string): Promise<void> {
      const payload = JSON.stringify({ removedKey: id });
      await db.$executeRaw`SELECT pg_notify(${STATUS_CHANNEL}, ${payload})`;
    },
  };
}
