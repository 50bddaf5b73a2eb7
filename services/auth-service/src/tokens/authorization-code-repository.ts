import { type AuthorizationCode, Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';
import type { KnownEmail } from '../mail/email-address.ts';

type Hash = Uint8Array<ArrayBuffer>;

export type NewCode = Omit<AuthorizationCode, 'hash' | 'nonce' | 'usedAt' | 'sessionId'> & {
  hash: Hash;
  nonce: string | undefined;
};

/** A code as the lock found it, with the person as they are now, if the account is open. */
export interface HeldCode extends Omit<AuthorizationCode, 'nonce'> {
  nonce: string | undefined;
  person: ({ id: number; username: string; roles: string[] } & KnownEmail) | undefined;
}

interface HeldRow extends AuthorizationCode, KnownEmail {
  personId: number | null;
  username: string | null;
  roles: string[] | null;
}

export function authorizationCodeRepository(db: Tx) {
  return {
    async add({ nonce, ...code }: NewCode): Promise<void> {
      const data = { ...code, nonce: nonce ?? null };
      await db.authorizationCode.create({ data, select: { clientId: true } });
    },

    /** Holds it until the transaction ends: one request decides at a time. */
    async hold(hash: Hash): Promise<HeldCode | null> {
      const [row] = await db.$queryRaw<HeldRow[]>(Prisma.sql`
        SELECT c.hash, c.client_id AS "clientId", c.user_id AS "userId",
          c.browser_login_id AS "browserLoginId", c.redirect_uri AS "redirectUri",
          c.code_challenge AS "codeChallenge", c.scope, c.follows_scopes AS "followsScopes", c.nonce,
          c.auth_time AS "authTime", c.amr, c.expires_at AS "expiresAt", c.used_at AS "usedAt",
          c.session_id AS "sessionId", u.id AS "personId", u.username, u.roles,
          u.email, u.verified_email AS "verifiedEmail"
        FROM authorization_code c LEFT JOIN "user" u ON u.id = c.user_id
          AND u.deactivated_at IS NULL AND u.deleted_at IS NULL
        WHERE c.hash = ${hash} FOR UPDATE OF c`);
      if (!row) return null;
      const { personId: id, username, roles, email, verifiedEmail, nonce, ...code } = row;
      const person =
        id === null
          ? undefined
          : { id, username: username ?? '', roles: roles ?? [], email, verifiedEmail };
      return { ...code, nonce: nonce ?? undefined, person };
    },

    /** Those that wait, and those that were used. */
    async removeFor(userId: number, clientId: string): Promise<void> {
      await db.authorizationCode.deleteMany({ where: { userId, clientId } });
    },

    async markUsed(hash: Hash, use: { usedAt: Date; sessionId: string }): Promise<void> {
      await db.authorizationCode.update({ where: { hash }, data: use, select: { clientId: true } });
    },
  };
}
