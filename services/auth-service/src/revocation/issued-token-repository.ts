import { Prisma } from '../../generated/prisma/client.ts';
import { type AuditRecord, recordSql } from '../audit/audit-repository.ts';
import type { Tx } from '../database.ts';
import type { StatusPlace } from './status-place.ts';

/** An access token before it is signed. */
export interface NewAccessToken {
  /** Absent in the minimal profile, whose tokens cannot be revoked. */
  place: StatusPlace | undefined;
  clientId: string;
  scopes: readonly string[];
  expiresAt: Date;
}

/**
 * What is written, and what it was decided on stands no longer: `refused` when the login is over,
 * `changed` when it goes on, but the roles or the client are not as they were read.
 */
export type Outcome = 'written' | 'refused' | 'changed';

/** For a person's token that another client exchanges for its own. */
interface Exchange {
  userId: number;
  /** Those that the token will say. */
  roles: readonly string[];
  sessionId: string;
  /** What the client of the login must still be allowed. */
  loginScopes: readonly string[];
  at: Date;
}

/**
 * Each statement here holds what its token depends on until it commits, so that whatever ends it
 * either comes first, and no token is issued, or finds the token's row.
 */
export function issuedTokenRepository(db: Tx) {
  return {
    /** For a client that acts for itself. */
    async addForClient(token: NewAccessToken, event: AuditRecord): Promise<Outcome> {
      const rows = await db.$queryRaw<unknown[]>(Prisma.sql`
        WITH held_client AS (${holdClientSql(token)}),
        recorded AS (${recordSql(event, Prisma.sql`held_client`)})
        ${addSql(token, Prisma.sql`NULL::uuid`, Prisma.sql`held_client`)}
        SELECT 1 FROM held_client`);
      return rows.length === 1 ? 'written' : 'changed';
    },

    /** The client of the login has to be there too: its end is that of all that came of the login. */
    async addForExchange(
      token: NewAccessToken,
      { userId, roles, sessionId, loginScopes, at }: Exchange,
      event: AuditRecord,
    ): Promise<Outcome> {
      const { clientId } = token;
      const [found] = await db.$queryRaw<{ login: number; written: number }[]>(Prisma.sql`
        WITH person AS (
          SELECT id, roles FROM "user"
          WHERE id = ${userId} AND deactivated_at IS NULL AND deleted_at IS NULL FOR SHARE
        ), login AS (
          SELECT s.id, s.client_id FROM session s JOIN person ON person.id = s.user_id
          WHERE s.id = ${sessionId}::uuid AND s.ended_at IS NULL AND s.expires_at > ${at}
          FOR SHARE OF s
        ), held_client AS (
          SELECT c.id FROM client c JOIN login ON c.id IN (${clientId}, login.client_id)
          WHERE (c.id <> ${clientId} OR ${mayHaveSql(token)})
            AND (c.id <> login.client_id OR ${mayHaveSql({ scopes: loginScopes })})
          ORDER BY c.id FOR SHARE OF c
        ), proven AS (
          SELECT login.id, NULLIF(login.client_id, ${clientId}) AS client_id FROM login, person
          WHERE person.roles @> ${[...roles]}::text[]
            AND ARRAY[login.client_id, ${clientId}] <@ ARRAY(SELECT id FROM held_client)
        ), recorded AS (${recordSql(event, Prisma.sql`proven`)})
        ${addSql(token, Prisma.sql`id`, Prisma.sql`proven`, Prisma.sql`client_id`)}
        SELECT (SELECT count(*)::int FROM login) AS login,
          (SELECT count(*)::int FROM proven) AS written`);
      if (found?.written) return 'written';
      return found?.login ? 'changed' : 'refused';
    },
  };
}

/** Part of a larger statement: the client, while it is enabled and may have the scopes. */
export const holdClientSql = (token: NewAccessToken): Prisma.Sql => Prisma.sql`
  SELECT c.id FROM client c WHERE c.id = ${token.clientId} AND ${mayHaveSql(token)} FOR SHARE`;

/** As `mayHaveScope`. */
const mayHaveSql = ({ scopes }: Pick<NewAccessToken, 'scopes'>) => Prisma.sql`c.disabled_at IS NULL
  AND (c.scopes @> ${[...scopes]}::text[] OR (c.first_party AND c.scopes = '{}'))`;

/** Part of a larger statement, after another CTE: the row of the token, for the one row of `from`. */
export function addSql(
  { place, clientId, expiresAt }: NewAccessToken,
  sessionId: Prisma.Sql,
  from: Prisma.Sql,
  loginClientId = Prisma.sql`NULL`,
): Prisma.Sql {
  if (!place) return Prisma.empty;
  return Prisma.sql`, issued AS (
    INSERT INTO issued_token (list_id, idx, session_id, client_id, login_client_id, expires_at)
    SELECT ${place.listId}, ${place.index}, ${sessionId}, ${clientId}, ${loginClientId},
      ${expiresAt} FROM ${from})`;
}
