import { Prisma, type Session } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

type Hash = Uint8Array<ArrayBuffer>;

/** A refresh token together with its family and its person, as the lock found them. */
export interface HeldRefreshToken {
  createdAt: Date;
  expiresAt: Date;
  usedAt: Date | null;
  usedBy: Uint8Array | null;
  sealedAnswer: Uint8Array | null;
  session: Session;
  person: { id: number; username: string; roles: string[] } | undefined;
}

export type RefreshTokenRepository = ReturnType<typeof refreshTokenRepository>;

/** The family of a refresh token is its session. */
export function refreshTokenRepository(db: Tx) {
  const change = async (hash: Hash, data: Prisma.RefreshTokenUpdateInput): Promise<void> => {
    await db.refreshToken.update({ where: { hash }, data, select: { sessionId: true } });
  };

  return {
    /**
     * Holds the person and the whole family until the transaction ends: one instance decides at a
     * time. The person first, as whatever ends the account does.
     */
    async hold(hash: Hash): Promise<HeldRefreshToken | null> {
      const held = await db.$queryRaw<unknown[]>(Prisma.sql`
        SELECT 1 FROM session s JOIN refresh_token r ON r.session_id = s.id
          JOIN "user" u ON u.id = s.user_id
        WHERE r.hash = ${hash} FOR SHARE OF u FOR NO KEY UPDATE OF s`);
      if (held.length === 0) return null;
      const row = await db.refreshToken.findUnique({
        where: { hash },
        include: { session: { include: { user: true } } },
      });
      if (!row) return null;
      const { user, ...session } = row.session;
      const person = user.deactivatedAt || user.deletedAt ? undefined : user;
      return { ...row, session, person };
    },

    /** Of a family that is held. */
    find: (hash: Hash): Promise<{ createdAt: Date; usedAt: Date | null } | null> =>
      db.refreshToken.findUnique({ where: { hash }, select: { createdAt: true, usedAt: true } }),

    markUsed: (hash: Hash, use: { usedAt: Date; usedBy: Hash; sealedAnswer: Hash }) =>
      change(hash, use),

    /** Marks an unused token as replaced: presenting it again counts as reuse. */
    withdraw: (hash: Hash, at: Date) => change(hash, { usedAt: at }),

    async forgetAnswers(sessionId: string): Promise<void> {
      await db.refreshToken.updateMany({
        where: { sessionId, sealedAnswer: { not: null } },
        data: { sealedAnswer: null },
      });
    },
  };
}
