import { join } from 'node:path';
import type pg from 'pg';
import { withAdvisoryLock, withConnection } from './connection.ts';
import { MigrationError } from './migration-error.ts';
import { isChecksumOf, type Migration, readMigrations } from './migration-files.ts';
import {
  createTable,
  type MigrationRecord,
  readRecords,
  recordFailure,
  recordFinish,
  recordRollback,
  recordStart,
} from './migration-table.ts';

export { MigrationError } from './migration-error.ts';

export interface MigrationOptions {
  /** Of the database, with the role that owns it. */
  url: string;
  /** The folder that holds a folder per migration. */
  directory: string;
}

/**
 * Applies the migrations that are still missing, as `prisma migrate deploy` does, into Prisma's own
 * table. Any number of processes may call it at once: one applies, the others wait for it. Newer
 * migrations than these in the database are left alone, so that an older release can still start.
 *
 * @returns the names of those applied now; empty, after one query, when there was nothing to do.
 * @throws {MigrationError} when a file is at fault, an applied migration was changed, or one failed.
 */
export async function applyMigrations({ url, directory }: MigrationOptions): Promise<string[]> {
  const migrations = await readMigrations(directory);
  return withConnection(url, async (client) => {
    const before = (await readRecords(client)) ?? [];
    if (findMissing(before, migrations, directory).length === 0) return [];
    return withAdvisoryLock(client, 'latchkey migrations', async () => {
      const records = (await readRecords(client)) ?? (await beginTable(client));
      const missing = findMissing(records, migrations, directory);
      if (missing.length > 0) await releaseMended(client, records, missing, directory);
      // Scripts get a session apart: what they set in it must not reach the records.
      await withConnection(url, async (session) => {
        for (const migration of missing) await apply(client, session, migration, directory);
      });
      return missing.map(({ name }) => name);
    });
  });
}

/** @throws {MigrationError} when one was changed after it had been applied */
function findMissing(
  records: MigrationRecord[],
  migrations: Migration[],
  directory: string,
): Migration[] {
  const applied = new Map(
    records.filter(({ isFinished }) => isFinished).map(({ name, checksum }) => [name, checksum]),
  );
  for (const migration of migrations) {
    const recorded = applied.get(migration.name);
    if (recorded === undefined || isChecksumOf(recorded, migration)) continue;
    throw new MigrationError(
      `${fileOf(directory, migration.name)} was changed after it had been applied: restore it, and put the change into a new migration.`,
    );
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

async function beginTable(client: pg.Client): Promise<MigrationRecord[]> {
  const { rows } = await client.query<{ name: string; tables: string }>(
    `SELECT current_database() AS name, string_agg(tablename, ', ' ORDER BY tablename) AS tables
     FROM pg_tables WHERE schemaname = current_schema() HAVING count(*) > 0`,
  );
  if (rows[0]) {
    throw new MigrationError(
      `The database ${rows[0].name} already holds tables that no migration made (${rows[0].tables}): use an empty one.`,
    );
  }
  await createTable(client);
  return [];
}

/** @throws {MigrationError} when one failed earlier and its script is still the same */
async function releaseMended(
  client: pg.Client,
  records: MigrationRecord[],
  missing: Migration[],
  directory: string,
): Promise<void> {
  for (const { id, name, checksum, logs } of records.filter(({ isFinished }) => !isFinished)) {
    const script = missing.find((each) => each.name === name);
    if (!script || isChecksumOf(checksum, script)) {
      throw failureOf(directory, name, logs ?? 'it was cut off before its end');
    }
    // A script is one transaction: of the one that failed there is nothing left.
    await recordRollback(client, id);
  }
}

async function apply(
  client: pg.Client,
  session: pg.Client,
  migration: Migration,
  directory: string,
): Promise<void> {
  const id = await recordStart(client, migration);
  try {
    // Sent whole and without parameters, the statements are one transaction, and a single one that
    // refuses to be in a transaction, such as CREATE INDEX CONCURRENTLY, is in none.
    await session.query(migration.sql);
    // Fails when the script left a transaction open, which would be lost.
    await session.query('DISCARD ALL');
  } catch (error) {
    const { message, detail, hint } = error as pg.DatabaseError;
    const logs = [message, detail, hint].filter(Boolean).join(' ');
    await recordFailure(client, id, logs).catch(() => undefined);
    throw failureOf(directory, migration.name, logs, error);
  }
  await recordFinish(client, id);
}

function failureOf(directory: string, name: string, logs: string, cause?: unknown): MigrationError {
  const reason = logs.replaceAll(/\s*\n\s*/g, ' ');
  return new MigrationError(
    `${fileOf(directory, name)} failed; correct it and start again: ${reason}`,
    { cause },
  );
}

const fileOf = (directory: string, name: string): string => join(directory, name, 'migration.sql');
