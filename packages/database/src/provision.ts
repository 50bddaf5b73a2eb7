import pg from 'pg';
import { withAdvisoryLock, withConnection, withDatabase } from './connection.ts';

export interface ProvisionOptions {
  /** A superuser's URL. */
  adminUrl: string;
  /** Of the database, and of the role that owns it and can connect to no other. */
  name: string;
  password: string;
}

/**
 * Makes a database and the role that owns it, or gives an existing pair this password. Safe to
 * run by several processes at once.
 *
 * @returns the database's URL, with the role that owns it
 */
export async function provisionDatabase(options: ProvisionOptions): Promise<string> {
  const { adminUrl, name, password } = options;
  const quoted = pg.escapeIdentifier(name);
  await withConnection(adminUrl, (client) =>
    withAdvisoryLock(client, 'latchkey provision', async () => {
      const found = await client.query<{ role: boolean; database: boolean }>(
        `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS role,
                EXISTS (SELECT FROM pg_database WHERE datname = $1) AS database`,
        [name],
      );
      const verb = found.rows[0]?.role ? 'ALTER' : 'CREATE';
      await client.query(
        `${verb} ROLE ${quoted} WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE
         PASSWORD ${pg.escapeLiteral(password)}`,
      );
      if (!found.rows[0]?.database) await client.query(`CREATE DATABASE ${quoted} OWNER ${quoted}`);
      // Any role may connect to any database until CONNECT is revoked from PUBLIC.
      for (const closed of [quoted, 'postgres', 'template1']) {
        await client.query(`REVOKE ALL ON DATABASE ${closed} FROM PUBLIC`);
      }
    }),
  );
  return ownDatabaseUrl(adminUrl, name, password);
}

/** The URL of a database on the same server, with the role that owns it. */
export function ownDatabaseUrl(serverUrl: string, name: string, password: string): string {
  const url = new URL(withDatabase(serverUrl, name));
  url.username = name;
  url.password = encodeURIComponent(password);
  return url.href;
}
