import { Prisma, type Session } from '../../generated/prisma/client.ts';
import { type AuditRecord, recordSql } from '../audit/audit-repository.ts';
import type { Tx } from '../database.ts';

export type { Session };

export interface NewSession {
  id: string;
  clientId: string;
  scope: string;
  /** Whether a refresh gives what a login would give then. */
  followsScopes: boolean;
  device: string | undefined;
  address: string | undefined;
  createdAt: Date;
  expiresAt: Date;
  refreshToken: { hash: Uint8Array<ArrayBuffer>; expiresAt: Date } | undefined;
}

/** What a session is opened by, and what must still hold when it is. */
export type SessionOpener =
  | { id: number; passwordHash: string | null }
  /** A sign-in at the hosted pages. */
  | { id: number; browserLoginId: string };

interface End {
  at: Date;
  reason: string;
}

export function sessionRepository(db: Tx) {
  return {
    /**
     * Opens a session for a login that still stands, with its first refresh token and its record.
     * One statement, because logins are many and each way to the database and back costs as much as
     * it does. The person is held until it ends, so that the next password change sees the session.
     *
     * @returns false when the person was deactivated since, the password changed, or the sign-in ended
     */
    async open(opener: SessionOpener, session: NewSession, event: AuditRecord): Promise<boolean> {
      const { id, clientId, scope, followsScopes, createdAt, expiresAt, refreshToken } = session;
      const { device = null, address = null } = session;
      const browserLoginId = 'browserLoginId' in opener ? opener.browserLoginId : null;
      const stillHolds =
        'browserLoginId' in opener
          ? Prisma.sql`EXISTS (SELECT 1 FROM browser_login b WHERE b.id = ${browserLoginId}::uuid
              AND b.user_id = "user".id AND b.ended_at IS NULL FOR SHARE)`
          : Prisma.sql`password_hash = ${opener.passwordHash}`;
      const withToken = refreshToken
        ? Prisma.sql`, token AS (
            INSERT INTO refresh_token (hash, session_id, created_at, expires_at)
            SELECT ${refreshToken.hash}, id, ${createdAt}, ${refreshToken.expiresAt} FROM opened)`
        : Prisma.empty;
      const rows = await db.$queryRaw<unknown[]>(Prisma.sql`
        WITH person AS (
          SELECT id FROM "user" WHERE id = ${opener.id} AND ${stillHolds}
            AND deactivated_at IS NULL AND deleted_at IS NULL FOR SHARE
        ), opened AS (
          INSERT INTO session (id, user_id, client_id, scope, follows_scopes, device, address,
            created_at, last_used_at, expires_at, browser_login_id)
          SELECT ${id}::uuid, id, ${clientId}, ${scope}, ${followsScopes}, ${device}, ${address},
            ${createdAt}, ${createdAt}, ${expiresAt}, ${browserLoginId}::uuid FROM person
          RETURNING id
        ), recorded AS (${recordSql(event, Prisma.sql`opened`)})${withToken}
        SELECT 1 FROM opened`);
      return rows.length === 1;
    },

    /** A person's sessions that still run and were used since, the newest first. */
    list: (userId: number, now: Date, since: Date): Promise<Session[]> =>
      db.session.findMany({
        where: { userId, endedAt: null, expiresAt: { gt: now }, lastUsedAt: { gt: since } },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: 200,
      }),

    /** Running or not. */
    find: (id: string): Promise<Session | null> => db.session.findUnique({ where: { id } }),

    /** False when this person has no such session that still runs. */
    async end(userId: number, id: string, end: End): Promise<boolean> {
      const { count } = await db.session.updateMany({
        where: { id, userId, endedAt: null },
        data: { endedAt: end.at, endReason: end.reason },
      });
      return count === 1;
    },

    /** Those of a sign-in at the hosted pages that ended now. */
    endThrough: (browserLoginId: string, end: End): Promise<Pick<Session, 'id' | 'clientId'>[]> =>
      db.session.updateManyAndReturn({
        where: { browserLoginId, endedAt: null },
        data: { endedAt: end.at, endReason: end.reason },
        select: { id: true, clientId: true },
      }),

    /** The ids of those that ended now. The sign-ins that could open others end with them. */
    async endAll(userId: number, end: End & { except?: string | undefined }): Promise<string[]> {
      // First: until it has ended, a code that came through one opens another session.
      await db.browserLogin.updateMany({
        where: {
          userId,
          endedAt: null,
          ...(end.except ? { sessions: { none: { id: end.except } } } : {}),
        },
        data: { endedAt: end.at },
      });
      const rows = await db.session.updateManyAndReturn({
        where: { userId, endedAt: null, ...(end.except ? { id: { not: end.except } } : {}) },
        data: { endedAt: end.at, endReason: end.reason },
        select: { id: true },
      });
      return rows.map(({ id }) => id);
    },

    async touch(id: string, at: Date): Promise<void> {
      await db.session.update({ where: { id }, data: { lastUsedAt: at }, select: { id: true } });
    },
  };
}
