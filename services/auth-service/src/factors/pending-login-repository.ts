import { Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

type Hash = Uint8Array<ArrayBuffer>;

/** Whose browser it is in, and what the sign-in is for. */
export interface PendingKey {
  browserHash: Hash;
  purposeHash: Hash;
}

/** A person whose password was right, and who is asked for the second factor. */
export interface PendingLogin {
  amr: string[];
  /** When, by another provider; null for just now. */
  authTime: Date | null;
  person: { id: number; username: string };
}

type PendingRow = Omit<PendingLogin, 'person'> & PendingLogin['person'];

/** Sign-ins between the password and the second factor. */
export function pendingLoginRepository(db: Tx) {
  return {
    /**
     * In place of one before in this browser for the same.
     *
     * @returns false when the person was deactivated, or the password changed, since it was checked
     */
    async begin(
      login: { id: number; passwordHash: string | null },
      { browserHash, purposeHash }: PendingKey,
      sofar: { amr: readonly string[]; authTime: Date | null; expiresAt: Date },
    ): Promise<boolean> {
      const { amr, authTime, expiresAt } = sofar;
      const rows = await db.$queryRaw<unknown[]>(Prisma.sql`
        WITH person AS (
          SELECT id FROM "user" WHERE id = ${login.id} AND password_hash IS NOT DISTINCT FROM ${login.passwordHash}
            AND deactivated_at IS NULL AND deleted_at IS NULL FOR SHARE
        )
        INSERT INTO pending_login (browser_hash, purpose_hash, user_id, amr, auth_time, expires_at)
        SELECT ${browserHash}, ${purposeHash}, id, ${[...amr]}, ${authTime}, ${expiresAt} FROM person
        ON CONFLICT (browser_hash, purpose_hash) DO UPDATE SET user_id = excluded.user_id,
          amr = excluded.amr, auth_time = excluded.auth_time, attempts = 0, expires_at = excluded.expires_at
        RETURNING 1`);
      return rows.length === 1;
    },

    /** Undefined when there is none, or it has expired. */
    async find({ browserHash, purposeHash }: PendingKey, now: Date) {
      const [row] = await db.$queryRaw<PendingRow[]>(
        Prisma.sql`
          SELECT amr, auth_time AS "authTime", "user".id, username FROM pending_login JOIN "user" ON "user".id = user_id
          WHERE browser_hash = ${browserHash} AND purpose_hash = ${purposeHash}
            AND expires_at > ${now} AND deactivated_at IS NULL AND deleted_at IS NULL`,
      );
      if (!row) return undefined;
      const { id, username, ...proven } = row;
      return { ...proven, person: { id, username } };
    },

    /** Counts one. False when there have been as many as there may be. */
    async countAttempt(key: PendingKey, max: number): Promise<boolean> {
      const { count } = await db.pendingLogin.updateMany({
        where: { ...key, attempts: { lt: max } },
        data: { attempts: { increment: 1 } },
      });
      return count === 1;
    },

    /** Ends it. False when it has ended, or is another person's by now. */
    async take(key: PendingKey, userId: number, now: Date): Promise<boolean> {
      const where = { ...key, userId, expiresAt: { gt: now } };
      return (await db.pendingLogin.deleteMany({ where })).count === 1;
    },
  };
}
