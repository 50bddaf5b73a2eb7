import { type MailedLink, Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

type Hash = Uint8Array<ArrayBuffer>;

export type LinkPurpose = 'reset_password' | 'verify_email';

/** A password is reset only from the address that is verified now; a link mailed to one before is worth nothing. */
const ACCOUNT_STANDS_BY_IT = Prisma.sql`u.deactivated_at IS NULL AND u.deleted_at IS NULL
  AND (l.purpose <> 'reset_password' OR u.verified_email = l.email)`;

export function mailedLinkRepository(db: Tx) {
  return {
    async add(link: MailedLink & { hash: Hash; purpose: LinkPurpose }): Promise<void> {
      await db.mailedLink.create({ data: link, select: { userId: true } });
    },

    /** One that is still good; null for any other. */
    async find(hash: Hash, purpose: LinkPurpose, now: Date): Promise<MailedLink | null> {
      const [link] = await db.$queryRaw<MailedLink[]>(Prisma.sql`
        SELECT l.hash, l.purpose, l.user_id AS "userId", l.email, l.expires_at AS "expiresAt"
        FROM mailed_link l JOIN "user" u ON u.id = l.user_id
        WHERE l.hash = ${hash} AND l.purpose = ${purpose} AND l.expires_at > ${now}
          AND ${ACCOUNT_STANDS_BY_IT}`);
      return link ?? null;
    },

    /**
     * Uses it up: of two that bring it, one gets it. The person first, as whatever changes the account
     * does, and held until the transaction ends.
     */
    async use(hash: Hash, purpose: LinkPurpose, now: Date): Promise<boolean> {
      const used = await db.$queryRaw<unknown[]>(Prisma.sql`
        WITH person AS (
          SELECT u.id FROM "user" u JOIN mailed_link l ON l.user_id = u.id
          WHERE l.hash = ${hash} AND ${ACCOUNT_STANDS_BY_IT}
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
