import { Prisma, type Session } from '../../generated/prisma/client.ts';
import type { Authentication } from '../access/assurance.ts';
import { type AuditRecord, recordSql } from '../audit/audit-repository.ts';
import type { Tx } from '../database.ts';
import {
  addSql,
  holdClientSql,
  type NewAccessToken,
  type Outcome,
} from '../revocation/issued-token-repository.ts';

export type { Session };

/** With the client that it belongs to, for people to see. */
export interface ListedSession extends Session {
  client: { id: string; name: string; documentFetchedAt: Date | null };
}

export interface NewSession {
  id: string;
  scope: string;
  /** Whether a refresh gives what a login would give then. */
  followsScopes: boolean;
  device: string | undefined;
  address: string | undefined;
  authentication: Authentication | undefined;
  createdAt: Date;
  expiresAt: Date;
  refreshToken: Omit<NewRefreshToken, 'createdAt'> | undefined;
}

interface NewRefreshToken {
  hash: Uint8Array<ArrayBuffer>;
  createdAt: Date;
  expiresAt: Date;
}

/** What a session is opened by, and what must still hold when it is. */
export type SessionOpener = {
  id: number;
  /** Those that the token will say. */
  roles: readonly string[];
} & (
  | { passwordHash: string | null }
  /** A sign-in at the hosted pages, and the code that was given for it: it is used with this. */
  | { browserLoginId: string; codeHash: Uint8Array<ArrayBuffer> }
  /** What the person allowed a device, which is held. */
  | { deviceCodeHash: Uint8Array<ArrayBuffer> }
);

export function sessionRepository(db: Tx) {
  return {
    /**
     * Opens a session for a login that still stands, with its first tokens and its record. One
     * statement, because logins are many and each way to the database and back costs as much as it
     * does. The person is held until it ends, so that the next password change sees the session.
     *
     * @returns `refused` when the person was deactivated since, the password changed, or the sign-in ended;
     *   `changed`, too, when another request has used the code
     */
    async open(
      opener: SessionOpener,
      session: NewSession,
      token: NewAccessToken,
      event: AuditRecord,
    ): Promise<Outcome> {
      const { id, scope, followsScopes, createdAt, expiresAt, refreshToken } = session;
      const { device = null, address = null } = session;
      const { authTime = null, amr = [] } = session.authentication ?? {};
      const opened = Prisma.sql`opened`;
      const browserLoginId = 'browserLoginId' in opener ? opener.browserLoginId : null;
      const code = useOfCodeSql(opener, session);
      const [found] = await db.$queryRaw<{ person: number; opened: number }[]>(Prisma.sql`
        WITH person AS (
          SELECT id, roles FROM "user" WHERE id = ${opener.id} AND ${stillHoldsSql(opener)}
            AND deactivated_at IS NULL AND deleted_at IS NULL FOR SHARE
        ), held_client AS (${holdClientSql(token)}),
        ready AS (SELECT person.id, held_client.id AS client_id FROM person, held_client
          WHERE person.roles @> ${[...opener.roles]}::text[])${code.use},
        opened AS (
          INSERT INTO session (id, user_id, client_id, scope, follows_scopes, device, address,
            created_at, last_used_at, expires_at, browser_login_id, auth_time, amr)
          SELECT ${id}::uuid, ready.id, ready.client_id, ${scope}, ${followsScopes}, ${device},
            ${address}, ${createdAt}, ${createdAt}, ${expiresAt},
            ${browserLoginId}::uuid, ${authTime}::timestamptz, ${[...amr]}::text[]
          FROM ready${code.from}
          RETURNING id
        ), recorded AS (${recordSql(event, opened)})
        ${refreshToken ? refreshTokenSql({ ...refreshToken, createdAt }, opened) : Prisma.empty}
        ${addSql(token, Prisma.sql`id`, opened)}
        SELECT (SELECT count(*)::int FROM person) AS person,
          (SELECT count(*)::int FROM opened) AS opened`);
      if (found?.opened) return 'written';
      return found?.person ? 'changed' : 'refused';
    },

    /** The next tokens of a session that is held, as is its person, with their record. */
    async proceed(
      id: string,
      refreshToken: NewRefreshToken,
      token: NewAccessToken,
      event: AuditRecord,
    ): Promise<Outcome> {
      const used = Prisma.sql`used`;
      const rows = await db.$queryRaw<unknown[]>(Prisma.sql`
        WITH held_client AS (${holdClientSql(token)}),
        used AS (
          UPDATE session SET last_used_at = ${refreshToken.createdAt} FROM held_client
          WHERE session.id = ${id}::uuid RETURNING session.id
        ), recorded AS (${recordSql(event, used)})
        ${refreshTokenSql(refreshToken, used)}
        ${addSql(token, Prisma.sql`id`, used)}
        SELECT 1 FROM used`);
      return rows.length === 1 ? 'written' : 'changed';
    },

    /** A person's sessions that still run and were used since, the newest first. */
    list: (userId: number, now: Date, since: Date): Promise<ListedSession[]> =>
      db.session.findMany({
        where: { userId, endedAt: null, expiresAt: { gt: now }, lastUsedAt: { gt: since } },
        include: { client: { select: { id: true, name: true, documentFetchedAt: true } } },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: 200,
      }),

    /** Running or not. */
    find: (id: string): Promise<Session | null> => db.session.findUnique({ where: { id } }),
  };
}

/** What must still hold of the person or of what they said. */
function stillHoldsSql(opener: SessionOpener): Prisma.Sql {
  if ('browserLoginId' in opener) {
    return Prisma.sql`EXISTS (SELECT 1 FROM browser_login b
      WHERE b.id = ${opener.browserLoginId}::uuid AND b.user_id = "user".id
        AND b.ended_at IS NULL FOR SHARE)`;
  }
  if ('deviceCodeHash' in opener) {
    return Prisma.sql`EXISTS (SELECT 1 FROM device_authorization d
      WHERE d.hash = ${opener.deviceCodeHash} AND d.user_id = "user".id)`;
  }
  return Prisma.sql`password_hash = ${opener.passwordHash}`;
}

/** Once only: a request that comes at the same time waits here, and then finds it used (RFC 6749 §4.1.2). */
const useOfCodeSql = (opener: SessionOpener, { id, createdAt }: NewSession) =>
  'codeHash' in opener
    ? {
        use: Prisma.sql`, used AS (
          UPDATE authorization_code c SET used_at = ${createdAt}, session_id = ${id}::uuid FROM ready
          WHERE c.hash = ${opener.codeHash} AND c.used_at IS NULL RETURNING 1)`,
        from: Prisma.sql`, used`,
      }
    : { use: Prisma.empty, from: Prisma.empty };

const refreshTokenSql = (
  { hash, createdAt, expiresAt }: NewRefreshToken,
  from: Prisma.Sql,
): Prisma.Sql => Prisma.sql`, token AS (
  INSERT INTO refresh_token (hash, session_id, created_at, expires_at)
  SELECT ${hash}, id, ${createdAt}, ${expiresAt} FROM ${from})`;
