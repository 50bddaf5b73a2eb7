import { Prisma } from '../../generated/prisma/client.ts';
import type { Tx } from '../database.ts';

/** A client of others that a person gave access. */
export interface App {
  clientId: string;
  name: string;
  documentFetchedAt: Date | null;
  /** What the person allowed. */
  scopes: string[];
  since: Date;
  /** By a sign-in or a refresh; null when neither is known any more. */
  lastUsedAt: Date | null;
}

/** More than a person has, and a bound. */
const MAX_APPS = 200;

export function appRepository(db: Tx) {
  const find = (userId: number, clientId: Prisma.Sql): Promise<App[]> =>
    db.$queryRaw<App[]>(Prisma.sql`
      SELECT c.id AS "clientId", c.name, c.document_fetched_at AS "documentFetchedAt",
        coalesce(k.scopes, '{}') AS scopes, coalesce(k.granted_at, s.since) AS since,
        s.last_used_at AS "lastUsedAt"
      FROM client c
      LEFT JOIN consent k ON k.client_id = c.id AND k.user_id = ${userId}
      LEFT JOIN (
        SELECT client_id, min(created_at) AS since, max(last_used_at) AS last_used_at,
          bool_or(ended_at IS NULL) AS runs
        FROM session WHERE user_id = ${userId} GROUP BY client_id
      ) s ON s.client_id = c.id
      WHERE NOT c.first_party AND c.audience IS NULL AND (k.user_id IS NOT NULL OR s.runs)
        AND ${clientId}
      ORDER BY coalesce(k.granted_at, s.since) DESC, c.id LIMIT ${MAX_APPS}`);

  return {
    /** Those given access last come first. */
    list: (userId: number): Promise<App[]> => find(userId, Prisma.sql`true`),

    async find(userId: number, clientId: string): Promise<App | null> {
      return (await find(userId, Prisma.sql`c.id = ${clientId}`))[0] ?? null;
    },
  };
}
