import { type Client, Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

/** What a token names; what it does not name is not asked for. */
export interface TokenNames {
  username: string;
  id: number | undefined;
  clientId: string | undefined;
  jti: string | undefined;
  sessionId: string | undefined;
}

export interface Holder {
  person: { id: number; username: string; roles: string[] } | undefined;
  client: Pick<Client, 'scopes' | 'firstParty'> | undefined;
}

type Row = {
  roles: string[] | null;
  scopes: string[] | null;
  firstParty: boolean | null;
};

/**
 * The person and the client behind a token. One statement, because every request asks it.
 *
 * @returns null when one of them is gone, the session is over or the token was revoked
 */
export async function findHolder(
  tx: Tx,
  { username, id, clientId, jti, sessionId }: TokenNames,
  nowMs: number,
): Promise<Holder | null> {
  const rows = await tx.$queryRaw<Row[]>(Prisma.sql`
    SELECT u.roles, c.scopes, c.first_party AS "firstParty"
    FROM (SELECT 1) AS token
    LEFT JOIN "user" u ON u.id = ${id ?? null}::integer AND u.username = ${username}
      AND u.deactivated_at IS NULL AND u.deleted_at IS NULL
    LEFT JOIN client c ON c.id = ${clientId ?? null}::text AND c.disabled_at IS NULL
    LEFT JOIN session s ON s.id = ${sessionId ?? null}::uuid AND s.user_id = u.id
      AND s.ended_at IS NULL AND s.expires_at > ${new Date(nowMs)}
    WHERE (${id ?? null}::integer IS NULL OR u.id IS NOT NULL)
      AND (${clientId ?? null}::text IS NULL OR c.id IS NOT NULL)
      AND (${sessionId ?? null}::uuid IS NULL OR s.id IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM revoked_token r WHERE r.jti = ${jti ?? null}::text)`);
  const row = rows[0];
  if (!row) return null;
  const { roles, scopes, firstParty } = row;
  return {
    person: id === undefined ? undefined : { id, username, roles: roles ?? [] },
    client:
      clientId === undefined
        ? undefined
        : { scopes: scopes ?? [], firstParty: firstParty ?? false },
  };
}
