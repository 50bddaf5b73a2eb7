import { Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';
import { MAX_CHANGE_INDICES, STATUS_CHANNEL } from '../status-lists/status-channel.ts';
import type { StatusPlace } from './status-place.ts';

/** Whose tokens end. */
export type RevokedTokens =
  | { of: 'token'; place: StatusPlace }
  /** Exchanged ones too: they carry the session of the token before. */
  | { of: 'sessions'; ids: readonly string[] }
  /** Every session that still runs. */
  | { of: 'person'; userId: number }
  /** Its own, and all that came of logins at it. */
  | { of: 'client'; clientId: string };

/** The tokens that one transaction ends. */
export function revocationRepository(db: Tx) {
  const ended: RevokedTokens[] = [];
  let at = new Date(0);

  return {
    add(tokens: RevokedTokens, endedAt: Date): void {
      ended.push(tokens);
      at = endedAt;
    },

    /**
     * Revokes those that are still good, in their lists and for every instance. The last statement
     * of the transaction: it holds the lists, which others wait for, and sees every token that was
     * issued before the act held what tokens depend on. Tokens, then lists, are held in one order, so
     * that two at once wait for each other rather than lock each other out.
     */
    async revoke(): Promise<void> {
      if (ended.length === 0) return;
      await db.$queryRaw(Prisma.sql`
        WITH good AS (
          SELECT t.list_id, t.idx FROM issued_token t
          WHERE (${Prisma.join(ended.map(conditionOf), ' OR ')})
            AND t.revoked_at IS NULL AND t.expires_at > ${at}
          ORDER BY t.list_id, t.idx FOR UPDATE
        ), revoked AS (
          UPDATE issued_token t SET revoked_at = ${at} FROM good
          WHERE t.list_id = good.list_id AND t.idx = good.idx
          RETURNING t.list_id, t.idx
        ), numbered AS (
          SELECT list_id, idx, (row_number() OVER (PARTITION BY list_id ORDER BY idx) - 1)
            / ${MAX_CHANGE_INDICES}::int AS number
          FROM revoked
        ), change AS (
          SELECT list_id, number::int, array_agg(idx ORDER BY idx) AS indices
          FROM numbered GROUP BY list_id, number
        ), held AS (
          SELECT id FROM status_list WHERE id IN (SELECT list_id FROM change)
          ORDER BY id FOR NO KEY UPDATE
        ), counted AS (
          SELECT list_id, count(*)::int AS changes FROM change JOIN held ON held.id = list_id
          GROUP BY list_id
        ), list AS (
          UPDATE status_list SET seq = seq + changes FROM counted WHERE id = list_id
          RETURNING id, seq - changes AS seq_before
        ), written AS (
          INSERT INTO status_change (list_id, seq, indices, at)
          SELECT list_id, seq_before + number + 1, indices, ${at}
          FROM change JOIN list ON list.id = list_id
          RETURNING list_id, seq, indices
        )
        SELECT pg_notify(${STATUS_CHANNEL},
          json_build_object('list', list_id, 'seq', seq, 'idx', indices)::text)::text
        FROM written ORDER BY list_id, seq`);
    },
  };
}

function conditionOf(tokens: RevokedTokens): Prisma.Sql {
  switch (tokens.of) {
    case 'token':
      return Prisma.sql`(t.list_id = ${tokens.place.listId} AND t.idx = ${tokens.place.index})`;
    case 'sessions':
      return Prisma.sql`t.session_id = ANY(${[...tokens.ids]}::uuid[])`;
    case 'person':
      return Prisma.sql`t.session_id IN (
        SELECT id FROM session WHERE user_id = ${tokens.userId} AND ended_at IS NULL)`;
    case 'client':
      return Prisma.sql`(t.client_id = ${tokens.clientId} OR t.login_client_id = ${tokens.clientId})`;
  }
}
