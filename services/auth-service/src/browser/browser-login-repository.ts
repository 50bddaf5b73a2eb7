import { Prisma, type BrowserLogin as Row } from '../../generated/prisma/client.ts';
import { type AuditRecord, recordSql } from '../audit/audit-repository.ts';
import type { Tx } from '../database.ts';

type Hash = Uint8Array<ArrayBuffer>;

/** A person who is signed in at the hosted pages, in one browser. */
export interface BrowserLogin extends Pick<Row, 'id' | 'authTime' | 'amr' | 'requestHash'> {
  person: { id: number; username: string; roles: string[] };
}

/** What a sign-in leaves behind. */
export interface SignIn {
  hash: Hash;
  authTime: Date;
  amr: string[];
  requestHash: Hash | null;
}

export function browserLoginRepository(db: Tx) {
  return {
    /**
     * One statement with its record, as a session is opened.
     *
     * @returns false when the person was deactivated, or the password changed, since it was checked
     */
    async open(
      login: { id: number; passwordHash: string | null },
      signIn: SignIn & { id: string; at: Date; expiresAt: Date },
      event: AuditRecord,
    ): Promise<boolean> {
      const { id, hash, authTime, amr, requestHash, at, expiresAt } = signIn;
      const rows = await db.$queryRaw<unknown[]>(Prisma.sql`
        WITH person AS (
          SELECT id FROM "user" WHERE id = ${login.id} AND password_hash IS NOT DISTINCT FROM ${login.passwordHash}
            AND deactivated_at IS NULL AND deleted_at IS NULL FOR SHARE
        ), opened AS (
          INSERT INTO browser_login (id, hash, user_id, auth_time, amr, request_hash,
            created_at, last_used_at, expires_at)
          SELECT ${id}::uuid, ${hash}, id, ${authTime}, ${amr}, ${requestHash},
            ${at}, ${at}, ${expiresAt} FROM person
          RETURNING id
        ), recorded AS (${recordSql(event, Prisma.sql`opened`)})
        SELECT 1 FROM opened`);
      return rows.length === 1;
    },

    /** The same person proved it once more: what was opened through it still ends with it. */
    async renew(
      id: string,
      userId: number,
      { hash, authTime, amr, requestHash }: SignIn,
      lastUsedAt: Date,
    ): Promise<boolean> {
      const { count } = await db.browserLogin.updateMany({
        where: { id, userId, endedAt: null },
        data: { hash, authTime, amr, requestHash, lastUsedAt },
      });
      return count === 1;
    },

    /** Null when it has ended or expired, or the account is closed. */
    async find(hash: Hash, now: Date): Promise<BrowserLogin | null> {
      const row = await db.browserLogin.findFirst({
        where: {
          hash,
          endedAt: null,
          expiresAt: { gt: now },
          user: { deactivatedAt: null, deletedAt: null },
        },
        select: {
          id: true,
          authTime: true,
          amr: true,
          requestHash: true,
          user: { select: { id: true, username: true, roles: true } },
        },
      });
      if (!row) return null;
      const { user: person, ...login } = row;
      return { ...login, person };
    },

    /** Holds it until the transaction ends, so that it ends before or after. False when it has ended. */
    async holdRunning(id: string): Promise<boolean> {
      const rows = await db.$queryRaw<unknown[]>(Prisma.sql`
        SELECT 1 FROM browser_login WHERE id = ${id}::uuid AND ended_at IS NULL FOR SHARE`);
      return rows.length === 1;
    },

    async touch(id: string, at: Date): Promise<void> {
      await db.browserLogin.updateMany({ where: { id }, data: { lastUsedAt: at } });
    },

    /** False when it has ended already. */
    async end(id: string, at: Date): Promise<boolean> {
      const { count } = await db.browserLogin.updateMany({
        where: { id, endedAt: null },
        data: { endedAt: at },
      });
      return count === 1;
    },
  };
}
