import { join } from 'node:path';
import type pg from 'pg';
import { withAdvisoryLock, withConnection } from './connection.ts';
import { MigrationError } from './migration-error.ts';
import { isChecksumOf, type Migration, readMigrations } from './migration-files.ts';
import { toMigrationList, wholeSchema, withSchemaEngine } from './schema-engine.ts';

export { MigrationError } from './migration-error.ts';

const UNDEFINED_TABLE = '42P01';

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
export async function applyMigrations(options: MigrationOptions): Promise<string[]> {
  const { url, directory } = options;
  const migrations = await readMigrations(directory);
  return withConnection(url, async (client) => {
    if (await areApplied(client, directory, migrations)) return [];
    return withAdvisoryLock(client, 'latchkey migrations', async () => {
      if (await areApplied(client, directory, migrations)) return [];
      return runEngine(client, options, migrations);
    });
  });
}

async function areApplied(
  client: pg.Client,
  directory: string,
  migrations: Migration[],
): Promise<boolean> {
  const applied = await readApplied(client);
  for (const migration of migrations) {
    const recorded = applied.get(migration.name);
    if (recorded === undefined || isChecksumOf(recorded, migration)) continue;
    throw new MigrationError(
      `${fileOf(directory, migration.name)} was changed after it had been applied: restore it, and put the change into a new migration.`,
    );
  }
  return migrations.every(({ name }) => applied.has(name));
}

/** Checksum by name. */
async function readApplied(client: pg.Client): Promise<Map<string, string>> {
  try {
    const { rows } = await client.query<{ migration_name: string; checksum: string }>(
      `SELECT migration_name, checksum FROM _prisma_migrations
       WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
    );
    return new Map(rows.map((row) => [row.migration_name, row.checksum]));
  } catch (error) {
    if ((error as pg.DatabaseError).code === UNDEFINED_TABLE) return new Map();
    throw error;
  }
}

async function runEngine(
  client: pg.Client,
  { url, directory }: MigrationOptions,
  all: Migration[],
): Promise<string[]> {
  const before = await readFailed(client);
  const mended = before && all.find(({ name }) => name === before.name);
  const isMended = mended !== undefined && !isChecksumOf(before?.checksum ?? '', mended);
  try {
    const { appliedMigrationNames } = await withSchemaEngine(url, async (engine) => {
      // A script is one transaction: of the one that failed there is nothing left.
      if (isMended) await engine.markMigrationRolledBack({ migrationName: mended.name });
      return engine.applyMigrations({
        migrationsList: toMigrationList(directory, all),
        filters: wholeSchema,
      });
    });
    return appliedMigrationNames;
  } catch (error) {
    const failed = await readFailed(client).catch(() => undefined);
    const what = failed ? fileOf(directory, failed.name) : `A migration in ${directory}`;
    // The second time the engine only says that it failed before; its record says why.
    const [reason] = (failed?.logs || (error as Error).message)
      .replaceAll(/\s*\n\s*/g, ' ')
      .split(' 0: ');
    throw new MigrationError(`${what} failed; correct it and start again: ${reason}`, {
      cause: error,
    });
  }
}

const fileOf = (directory: string, name: string): string => join(directory, name, 'migration.sql');

interface FailedMigration {
  name: string;
  checksum: string;
  /** What the database said. */
  logs: string | null;
}

async function readFailed(client: pg.Client): Promise<FailedMigration | undefined> {
  try {
    const { rows } = await client.query<FailedMigration>(
      `SELECT migration_name AS name, checksum, logs FROM _prisma_migrations
       WHERE finished_at IS NULL AND rolled_back_at IS NULL`,
    );
    return rows[0];
  } catch (error) {
    if ((error as pg.DatabaseError).code === UNDEFINED_TABLE) return undefined;
    throw error;
  }
}
