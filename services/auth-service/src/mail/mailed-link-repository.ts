import { type MailedLink, Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

type Hash = Uint8Array<ArrayBuffer>;

export type LinkPurpose = 'reset_password' | 'verify_email';

export function mailedLinkRepository(db: Tx) {
  return {
    async add(link: MailedLink & { hash: Hash; purpose: LinkPurpose }): Promise<void> {
      await db.mailedLink.create({ data: link, select: { userId: true } });
    },

    /** One that is still good; null for any other. */
    find: (hash: Hash, purpose: LinkPurpose, now: Date): Promise<MailedLink | null> =>
      db.mailedLink.findFirst({ where: { hash, purpose, expiresAt: { gt: now } } }),

    /**
     * Uses it up: of two that bring it, one gets it. The person first, as whatever changes the account
     * does, and held until the transaction ends.
     */
    async use(hash: Hash, purpose: LinkPurpose, now: Date): Promise<boolean> {
      const used = await db.$queryRaw<unknown[]>(Prisma.sql`
        WITH person AS (
          SELECT u.id FROM "user" u JOIN mailed_link l ON l.user_id = u.id
          WHERE l.hash = ${hash} AND u.deactivated_at IS NULL AND u.deleted_at IS NULL
          FOR NO KEY UPDATE OF u
        )
        DELETE FROM mailed_link l USING person WHERE l.hash = ${hash} AND l.user_id = person.id
          AND l.purpose = ${purpose} AND l.expires_at > ${now} RETURNING 1`);
      return used.length === 1;
    },

    async removeAllOf(userId: number): Promise<void> {
      await db.mailedLink.deleteMany({ where: { userId } });
    },
  };
}
