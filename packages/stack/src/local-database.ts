import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownDatabaseUrl } from '@latchkey/database/provision';

/**
 * The address of a service's database in the stack that runs on a data directory; undefined when
 * none runs.
 */
export async function localDatabaseUrl(
  dataDir: string,
  database: string,
): Promise<string | undefined> {
  try {
    const lock = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
    const secrets = JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8'));
    // The lock file's fourth line is the port.
    const server = `postgresql://127.0.0.1:${Number(lock.split('\n')[3])}`;
    const password = databasePassword(database, secrets.postgresPassword);
    return ownDatabaseUrl(server, database, password);
  } catch {
    return undefined;
  }
}

/** Derived: who can read one secret of the file can read them all. */
export const databasePassword = (database: string, postgresPassword: string): string =>
  `${database}-${postgresPassword}`;
