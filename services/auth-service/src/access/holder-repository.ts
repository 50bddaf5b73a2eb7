import type { Pool } from 'pg';
import type { StatusPlace } from '../revocation/status-place.ts';

/** What a token names; what it does not name is not asked for. */
export interface TokenNames {
  username: string;
  id: number | undefined;
  clientId: string | undefined;
  place: StatusPlace | undefined;
  sessionId: string | undefined;
}

export interface Holder {
  person: { id: number; username: string; roles: string[] } | undefined;
  client: { scopes: string[]; firstParty: boolean } | undefined;
}

interface Row {
  roles: string[] | null;
  scopes: string[] | null;
  firstParty: boolean | null;
}

/** $1 username, $2 id, $3 client, $4 session, $5 now, $6 list, $7 index */
const STATEMENT = {
  name: 'latchkey-holder',
  text: `
    SELECT u.roles, c.scopes, c.first_party AS "firstParty"
    FROM (SELECT 1) AS token
    LEFT JOIN "user" u ON u.id = $2::integer AND u.username = $1::text
      AND u.deactivated_at IS NULL AND u.deleted_at IS NULL
    LEFT JOIN client c ON c.id = $3::text AND c.disabled_at IS NULL
    LEFT JOIN session s ON s.id = $4::uuid AND s.user_id = u.id
      AND s.ended_at IS NULL AND s.expires_at > $5::timestamptz
    WHERE ($2::integer IS NULL OR u.id IS NOT NULL)
      AND ($3::text IS NULL OR c.id IS NOT NULL)
      AND ($4::uuid IS NULL OR s.id IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM issued_token t WHERE t.list_id = $6::integer
        AND t.idx = $7::integer AND t.revoked_at IS NOT NULL)`,
};

export type HolderRepository = ReturnType<typeof holderRepository>;

export function holderRepository(pool: Pool) {
  return {
    /**
     * The person and the client behind a token. Nearly every request asks it: one statement, which
     * each connection prepares once, since planning it takes longer than running it.
     *
     * @returns null when one of them no longer exists, the session has ended or the token was revoked
     */
    async find(
      { username, id, clientId, sessionId, place }: TokenNames,
      nowMs: number,
    ): Promise<Holder | null> {
      const now = new Date(nowMs).toISOString();
      const values = [username, id, clientId, sessionId, now, place?.listId, place?.index];
      const { rows } = await pool.query<Row>({ ...STATEMENT, values });
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
    },
  };
}
