import { type AuthorizationCode, Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';
import type { KnownEmail } from '../mail/email-address.ts';

type Hash = Uint8Array<ArrayBuffer>;

export type NewCode = Omit<AuthorizationCode, 'hash' | 'nonce' | 'usedAt' | 'sessionId'> & {
  hash: Hash;
  nonce: string | undefined;
};

/** With the person as they are now, if the account is open. */
export interface FoundCode extends Omit<AuthorizationCode, 'nonce'> {
  nonce: string | undefined;
  person: ({ id: number; username: string; roles: string[] } & KnownEmail) | undefined;
}

interface FoundRow extends AuthorizationCode, KnownEmail {
  personId: number | null;
  username: string | null;
  roles: string[] | null;
}

export function authorizationCodeRepository(db: Tx) {
  return {
    async add({ nonce, ...code }: NewCode): Promise<void> {
      const { hash, clientId, userId, browserLoginId, redirectUri, codeChallenge } = code;
      const { scope, followsScopes, authTime, amr, expiresAt } = code;
      await db.$executeRaw(Prisma.sql`
        INSERT INTO authorization_code (hash, client_id, user_id, browser_login_id, redirect_uri,
          code_challenge, scope, follows_scopes, nonce, auth_time, amr, expires_at)
        VALUES (${hash}, ${clientId}, ${userId}, ${browserLoginId}::uuid, ${redirectUri},
          ${codeChallenge}, ${scope}, ${followsScopes}, ${nonce ?? null}, ${authTime}, ${amr}, ${expiresAt})`);
    },

    async find(hash: Hash): Promise<FoundCode | null> {
      const [row] = await db.$queryRaw<FoundRow[]>(Prisma.sql`
        SELECT c.hash, c.client_id AS "clientId", c.user_id AS "userId",
          c.browser_login_id AS "browserLoginId", c.redirect_uri AS "redirectUri",
          c.code_challenge AS "codeChallenge", c.scope, c.follows_scopes AS "followsScopes", c.nonce,
          c.auth_time AS "authTime", c.amr, c.expires_at AS "expiresAt", c.used_at AS "usedAt",
          c.session_id AS "sessionId", u.id AS "personId", u.username, u.roles,
          u.email, u.verified_email AS "verifiedEmail"
        FROM authorization_code c LEFT JOIN "user" u ON u.id = c.user_id
          AND u.deactivated_at IS NULL AND u.deleted_at IS NULL
        WHERE c.hash = ${hash}`);
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

    /** Waits for a request that is just using it. */
    async sessionOf(hash: Hash): Promise<string | null> {
      const [row] = await db.$queryRaw<{ sessionId: string | null }[]>(Prisma.sql`
        SELECT session_id AS "sessionId" FROM authorization_code WHERE hash = ${hash} FOR UPDATE`);
      return row?.sessionId ?? null;
    },
  };
}
