import { Prisma, type PrismaClient } from '../../generated/prisma/client.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface SessionRow {
  username: string;
  sealedTokens: Bytes;
  expiresAt: Date;
}

interface NewSession extends SessionRow {
  hash: Bytes;
  createdAt: Date;
}

/** Of one person; with more the oldest end. */
const MAX_SESSIONS = 100;

/** What came of a refresh: other tokens, none for these scopes, or nobody knows. */
export type Refreshed = Pick<SessionRow, 'sealedTokens' | 'expiresAt'> | 'nothing' | 'failed';

export type SessionRepository = ReturnType<typeof sessionRepository>;

export function sessionRepository(client: PrismaClient) {
  const { browserSession } = client;
  return {
    async add(row: NewSession): Promise<void> {
      await client.$transaction([
        browserSession.create({ data: row }),
        client.$executeRaw(Prisma.sql`
          DELETE FROM browser_session WHERE hash IN (
            SELECT hash FROM browser_session WHERE username = ${row.username}
            ORDER BY created_at DESC OFFSET ${MAX_SESSIONS})`),
      ]);
    },

    find: (hash: Bytes, now: Date): Promise<SessionRow | null> =>
      browserSession.findFirst({ where: { hash, expiresAt: { gt: now } } }),

    /**
     * Of all requests at all copies one may refresh until its lease is over. What was begun before
     * it and never settled comes first.
     *
     * @returns null while another one has the lease, and when the session is over
     */
    async claim(
      hash: Bytes,
      scope: string,
      { now, lease }: { now: Date; lease: Date },
    ): Promise<(SessionRow & { refreshingScope: string }) | null> {
      const [row] = await client.$queryRaw<(SessionRow & { refreshingScope: string })[]>(Prisma.sql`
        UPDATE browser_session
        SET refreshing_scope = coalesce(refreshing_scope, ${scope}), refreshing_until = ${lease}
        WHERE hash = ${hash} AND expires_at > ${now}
          AND (refreshing_until IS NULL OR refreshing_until <= ${now})
        RETURNING username, sealed_tokens AS "sealedTokens", expires_at AS "expiresAt",
          refreshing_scope AS "refreshingScope"`);
      return row ?? null;
    },

    /** Ends the lease; one that another request has taken over meanwhile is left to it. */
    async settle(hash: Bytes, lease: Date, refreshed: Refreshed): Promise<void> {
      const data = {
        refreshingUntil: null,
        ...(refreshed === 'failed' ? {} : { refreshingScope: null }),
        ...(typeof refreshed === 'string' ? {} : refreshed),
      };
      await browserSession.updateMany({ where: { hash, refreshingUntil: lease }, data });
    },

    /** Unless they changed meanwhile. */
    async replaceTokens(hash: Bytes, before: Bytes, sealedTokens: Bytes): Promise<void> {
      await browserSession.updateMany({
        where: { hash, sealedTokens: before, refreshingUntil: null },
        data: { sealedTokens },
      });
    },

    async extend(hash: Bytes, expiresAt: Date): Promise<void> {
      await browserSession.updateMany({ where: { hash }, data: { expiresAt } });
    },

    /** What it held; null when it has ended already. */
    async end(hash: Bytes): Promise<Pick<SessionRow, 'sealedTokens'> | null> {
      const [row] = await client.$queryRaw<Pick<SessionRow, 'sealedTokens'>[]>(Prisma.sql`
        DELETE FROM browser_session WHERE hash = ${hash} RETURNING sealed_tokens AS "sealedTokens"`);
      return row ?? null;
    },

    async removeExpired(now: Date): Promise<number> {
      const { count } = await browserSession.deleteMany({ where: { expiresAt: { lte: now } } });
      return count;
    },
  };
}
