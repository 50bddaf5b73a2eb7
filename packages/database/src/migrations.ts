import type pg from 'pg';
import { withAdvisoryLock, withConnection } from './connection.ts';
import { type Migration, readMigrations } from './migration-files.ts';
import { toMigrationList, wholeSchema, withSchemaEngine } from './schema-engine.ts';

const UNDEFINED_TABLE = '42P01';

/** A state of the database that someone has to look at; the message is one line. */
export class MigrationError extends Error {
  override name = 'MigrationError';
}

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
 * @throws {MigrationError} when an applied migration was changed, or one failed.
 */
export async function applyMigrations(options: MigrationOptions): Promise<string[]> {
  const { url, directory } = options;
  const migrations = await readMigrations(directory);
  return withConnection(url, async (client) => {
    if (await areApplied(client, migrations)) return [];
    return withAdvisoryLock(client, 'latchkey migrations', async () => {
      if (await areApplied(client, migrations)) return [];
      return runEngine(client, options, migrations);
    });
  });
}

async function areApplied(client: pg.Client, migrations: Migration[]): Promise<boolean> {
  const applied = await readApplied(client);
  for (const { name, checksum } of migrations) {
    const recorded = applied.get(name);
    if (recorded === undefined || recorded === checksum) continue;
    throw new MigrationError(
      `Migration ${name} was changed after it had been applied: restore it and add a new one instead.`,
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
  try {
    const { appliedMigrationNames } = await withSchemaEngine(url, (engine) =>
      engine.applyMigrations({
        migrationsList: toMigrationList(directory, all),
        filters: wholeSchema,
      }),
    );
    return appliedMigrationNames;
  } catch (error) {
    const name = await readFailed(client).catch(() => undefined);
    const [reason] = (error as Error).message.replaceAll(/\s*\n\s*/g, ' ').split(' 0: ');
    throw new MigrationError(`Migration ${name ?? `in ${directory}`} failed: ${reason}`, {
      cause: error,
    });
  }
}

async function readFailed(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ migration_name: string }>(
    `SELECT migration_name FROM _prisma_migrations
     WHERE finished_at IS NULL AND rolled_back_at IS NULL`,
  );
  return rows[0]?.migration_name;
}
