import { Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

/** What people allowed clients of others. */
export function consentRepository(db: Tx) {
  return {
    async scopesOf(userId: number, clientId: string): Promise<readonly string[]> {
      const row = await db.consent.findUnique({
        where: { userId_clientId: { userId, clientId } },
        select: { scopes: true },
      });
      return row?.scopes ?? [];
    },

    async remove(userId: number, clientId: string): Promise<void> {
      await db.consent.deleteMany({ where: { userId, clientId } });
    },

    async removeAll(userId: number): Promise<void> {
      await db.consent.deleteMany({ where: { userId } });
    },

    /** Adds to what was allowed before; the time stays that of the first consent. */
    async add(
      userId: number,
      clientId: string,
      scopes: readonly string[],
      at: Date,
    ): Promise<void> {
      await db.$executeRaw(Prisma.sql`
        INSERT INTO consent (user_id, client_id, scopes, granted_at)
        VALUES (${userId}, ${clientId}, ${[...scopes]}, ${at})
        ON CONFLICT (user_id, client_id) DO UPDATE SET
          scopes = ARRAY(SELECT DISTINCT unnest(consent.scopes || excluded.scopes) ORDER BY 1)`);
    },
  };
}
