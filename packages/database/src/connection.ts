import pg from 'pg';

const CONNECT_TIMEOUT_MS = 10_000;

/** Lends a single connection for the time of `work`. */
export async function withConnection<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // A connection that breaks also fails the query under way, which is where it is dealt with.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Lets only one process of all that share the database do `work` named by `key` at a time. */
export async function withAdvisoryLock<T>(
  client: pg.Client,
  key: string,
  work: () => Promise<T>,
): Promise<T> {
  const id = 'hashtextextended($1, 0)';
  await client.query(`SELECT pg_advisory_lock(${id})`, [key]);
  try {
    return await work();
  } finally {
    await client.query(`SELECT pg_advisory_unlock(${id})`, [key]).catch(() => undefined);
  }
}

/** The same server's URL of another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.href;
}
