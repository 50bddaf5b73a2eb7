import { Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';
import { STATUS_CHANNEL } from '../status-lists/status-channel.ts';

export type IssuingListRepository = ReturnType<typeof issuingListRepository>;

/** The rows of the lists that an instance issues from. */
export function issuingListRepository(db: Tx) {
  return {
    /** Every instance hears of it. @returns its id */
    async open(list: { size: number; createdAt: Date; expiresAt: Date }): Promise<number> {
      const [row] = await db.$queryRaw<{ id: number }[]>(Prisma.sql`
        WITH opened AS (
          INSERT INTO status_list (size, created_at, expires_at)
          VALUES (${list.size}, ${list.createdAt}, ${list.expiresAt}) RETURNING id
        )
        SELECT id, pg_notify(${STATUS_CHANNEL}, json_build_object('list', id, 'seq', 0)::text)::text
        FROM opened`);
      return (row as { id: number }).id;
    },

    /** No further token comes: it is kept no longer than the last one needs it. */
    async bringEndForward(id: number, expiresAt: Date): Promise<void> {
      await db.statusList.updateMany({
        where: { id, expiresAt: { gt: expiresAt } },
        data: { expiresAt },
      });
    },

    /** Of a list that no token was issued from. */
    async remove(id: number): Promise<void> {
      await db.statusList.deleteMany({ where: { id } });
    },
  };
}
