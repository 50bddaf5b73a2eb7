import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { isDatabaseAway } from './database-away.ts';

export { isDatabaseAway } from './database-away.ts';

export interface DatabaseOptions {
  url: string;
  /** Most connections at once. Default 10. */
  poolSize?: number;
  /** How long to wait for a connection, a free one of the pool included. Default 2 s. */
  connectTimeoutMs?: number;
  /** The server ends a statement that takes longer. Default 5 s. */
  statementTimeoutMs?: number;
  /** Closes a connection that has not been used for so long. Default 30 s. */
  idleTimeoutMs?: number;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
}

export interface Database<Client> {
  client: Client;
  /** The same connections for SQL that Prisma has no words for. */
  pool: pg.Pool;
  /** Resolves when the database answers; for readiness. */
  ping(): Promise<void>;
  /** Whether an error says that the database is away, not that a query is wrong. */
  isAway(error: unknown): boolean;
  /** Waits for queries under way, then closes every connection. */
  close(): Promise<void>;
}

interface Disconnectable {
  $disconnect(): Promise<void>;
}

/** How much longer than the server we wait for a statement, for when the server is cut off. */
const QUERY_TIMEOUT_SLACK_MS = 1_000;

/**
 * Opens a service's generated Prisma client on a PostgreSQL database, every wait bounded. Connects
 * at the first query, so a service can start before its database.
 *
 * @param PrismaClient the class from the service's `generated/prisma/client.ts`.
 */
export function openDatabase<Client extends Disconnectable>(
  PrismaClient: new (options: { adapter: PrismaPg }) => Client,
  options: DatabaseOptions,
): Database<Client> {
  const statementTimeoutMs = options.statementTimeoutMs ?? 5_000;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 2_000,
    idleTimeoutMillis: options.idleTimeoutMs ?? 30_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + QUERY_TIMEOUT_SLACK_MS,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    keepAlive: true,
    // Prisma writes a time of SQL of ours in UTC without saying so: the session has to take it so.
    onConnect: async (client) => {
      await client.query("SET TimeZone TO 'UTC'");
    },
    ...(options.applicationName === undefined ? {} : { application_name: options.applicationName }),
  });
  // An idle connection that breaks leaves the pool by itself; unheard, it would end the process.
  pool.on('error', () => undefined);
  const client = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    client,
    pool,
    isAway: isDatabaseAway,
    async ping() {
      await pool.query('SELECT 1');
    },
    async close() {
      await client.$disconnect();
      await pool.end();
    },
  };
}
