import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

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
    return databaseUrlOf(database, secrets.postgresPassword, Number(lock.split('\n')[3]));
  } catch {
    return undefined;
  }
}

/** One secret is enough: a reader of this file could read a list as well. */
export const databasePassword = (database: string, postgresPassword: string): string =>
  `${database}-${postgresPassword}`;

export function databaseUrlOf(database: string, postgresPassword: string, port: number): string {
  const password = encodeURIComponent(databasePassword(database, postgresPassword));
  return `postgresql://${database}:${password}@127.0.0.1:${port}/${database}`;
}
