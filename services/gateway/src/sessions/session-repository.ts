import { Prisma, type PrismaClient } from '../../generated/prisma/client.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface SessionRow {
  username: string;
  sessionId: string | null;
  sealedTokens: Bytes;
  expiresAt: Date;
}

/** What becomes of a session that is held: its row changes, or it ends. */
export type SessionChange = Pick<SessionRow, 'sealedTokens' | 'expiresAt'> | 'end' | undefined;

/** How long an exchange with auth-service may hold a session. */
const HOLD_MS = 6_000;
const WAIT_MS = 2_000;

export type SessionRepository = ReturnType<typeof sessionRepository>;

export function sessionRepository(client: PrismaClient) {
  const { browserSession } = client;
  return {
    add: async (row: SessionRow & { hash: Bytes; createdAt: Date }): Promise<void> => {
      await browserSession.create({ data: row });
    },

    find: (hash: Bytes, now: Date): Promise<SessionRow | null> =>
      browserSession.findFirst({ where: { hash, expiresAt: { gt: now } } }),

    /**
     * Of all requests at all instances, one at a time holds a session: it alone refreshes, and those
     * after it find what it got.
     */
    hold<T>(
      hash: Bytes,
      now: Date,
      decide: (row: SessionRow | undefined) => Promise<{ change: SessionChange; result: T }>,
    ): Promise<T> {
      return client.$transaction(
        async (tx) => {
          const [row] = await tx.$queryRaw<SessionRow[]>(Prisma.sql`
            SELECT username, session_id AS "sessionId", sealed_tokens AS "sealedTokens",
              expires_at AS "expiresAt"
            FROM browser_session WHERE hash = ${hash} AND expires_at > ${now} FOR UPDATE`);
          const { change, result } = await decide(row);
          if (change === 'end') await tx.browserSession.deleteMany({ where: { hash } });
          else if (change) await tx.browserSession.update({ where: { hash }, data: change });
          return result;
        },
        { timeout: HOLD_MS, maxWait: WAIT_MS },
      );
    },

    /** What it held; null when it has ended already. */
    end: async (hash: Bytes): Promise<Pick<SessionRow, 'sealedTokens'> | null> => {
      const [row] = await client.$queryRaw<SessionRow[]>(Prisma.sql`
        DELETE FROM browser_session WHERE hash = ${hash} RETURNING sealed_tokens AS "sealedTokens"`);
      return row ?? null;
    },

    removeExpired: async (now: Date): Promise<number> => {
      const { count } = await browserSession.deleteMany({ where: { expiresAt: { lte: now } } });
      return count;
    },
  };
}
