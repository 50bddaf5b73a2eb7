import pg from 'pg';
import { withAdvisoryLock, withConnection } from './connection.ts';

export interface ProvisionOptions {
  /** A superuser's URL. */
  adminUrl: string;
  /** Of the database. */
  name: string;
  /** Owns the database and can connect to no other. */
  role: string;
  password: string;
}

/**
 * Makes a database and the role that owns it, or brings an existing pair to this password. Safe to
 * run by several processes at once.
 */
export async function provisionDatabase(options: ProvisionOptions): Promise<void> {
  const { adminUrl, name, role, password } = options;
  const database = pg.escapeIdentifier(name);
  const owner = pg.escapeIdentifier(role);
  await withConnection(adminUrl, (client) =>
    withAdvisoryLock(client, 'latchkey provision', async () => {
      const found = await client.query<{ role: boolean; database: boolean }>(
        `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS role,
                EXISTS (SELECT FROM pg_database WHERE datname = $2) AS database`,
        [role, name],
      );
      const verb = found.rows[0]?.role ? 'ALTER' : 'CREATE';
      await client.query(
        `${verb} ROLE ${owner} WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE
         PASSWORD ${pg.escapeLiteral(password)}`,
      );
      if (!found.rows[0]?.database)
        await client.query(`CREATE DATABASE ${database} OWNER ${owner}`);
      // Any role may connect to any database until CONNECT is revoked from PUBLIC.
      for (const closed of [database, 'postgres', 'template1']) {
        await client.query(`REVOKE ALL ON DATABASE ${closed} FROM PUBLIC`);
      }
    }),
  );
}
