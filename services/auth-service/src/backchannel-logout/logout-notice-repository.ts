import { Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

/** A client that has to be told that a session ended. */
export interface LogoutNotice {
  id: string;
  clientId: string;
  /** As it is registered now. */
  uri: string;
  sessionId: string;
  username: string;
  /** The one that begins now included. */
  attempts: number;
}

interface Claim {
  now: Date;
  /** Of one client, and in all. */
  perClient: number;
  take: number;
  /** Clients that have enough to do. */
  except: readonly string[];
  /** What follows the first attempt, the second and so on; the last one, whatever follows it. */
  delaysSeconds: readonly number[];
}

/** What becomes of a notice that no one can be told of. */
const KEPT_MS = 24 * 3_600_000;

export function logoutNoticeRepository(db: Tx) {
  return {
    /**
     * Takes some that are due, and leaves them to whom they are claimed by until the next attempt
     * would be due: several instances share the work, and a crash loses none. In a random order of
     * clients, so that none is always the last.
     */
    claim: ({ now, perClient, take, except, delaysSeconds }: Claim): Promise<LogoutNotice[]> =>
      db.$queryRaw<LogoutNotice[]>(Prisma.sql`
      WITH due AS (
        SELECT notice.id, c.backchannel_logout_uri AS uri FROM client c CROSS JOIN LATERAL (
          SELECT n.id FROM logout_notice n WHERE n.client_id = c.id
            AND n.next_attempt_at <= ${now} AND n.expires_at > ${now}
          ORDER BY n.next_attempt_at LIMIT ${perClient} FOR UPDATE SKIP LOCKED
        ) notice
        WHERE c.backchannel_logout_uri IS NOT NULL AND c.disabled_at IS NULL
          AND c.id <> ALL(${[...except]}::text[])
        ORDER BY random() LIMIT ${take}
      )
      UPDATE logout_notice n SET attempts = attempts + 1, next_attempt_at = ${now}::timestamptz
        + make_interval(secs => (${[...delaysSeconds]}::int[])
          [least(attempts + 1, ${delaysSeconds.length}::int)])
      FROM due WHERE n.id = due.id
      RETURNING n.id::text, n.client_id AS "clientId", due.uri, n.session_id::text AS "sessionId",
        n.username, n.attempts`),

    /** False when it is gone already. */
    async remove(id: string): Promise<boolean> {
      const { count } = await db.logoutNotice.deleteMany({ where: { id } });
      return count === 1;
    },
  };
}

/**
 * Part of a larger statement: a notice for each session of `ended` whose client wants to know. Due
 * at once by every clock: that of the instance which sends it may run behind.
 */
export const noticesSql = (at: Date): Prisma.Sql => Prisma.sql`
  INSERT INTO logout_notice (id, client_id, session_id, username, created_at, next_attempt_at,
    expires_at)
  SELECT gen_random_uuid(), c.id, ended.id, u.username, ${at}, to_timestamp(0),
    ${new Date(at.getTime() + KEPT_MS)}
  FROM ended JOIN client c ON c.id = ended.client_id JOIN "user" u ON u.id = ended.user_id
  WHERE c.backchannel_logout_uri IS NOT NULL AND c.disabled_at IS NULL
  RETURNING id`;
