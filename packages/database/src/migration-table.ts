import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Migration } from './migration-files.ts';

/** As Prisma makes it, so that `prisma migrate` reads what is recorded here. */
const CREATE_TABLE = `CREATE TABLE _prisma_migrations (
  id                  varchar(36) PRIMARY KEY,
  checksum            varchar(64) NOT NULL,
  finished_at         timestamptz,
  migration_name      varchar(255) NOT NULL,
  logs                text,
  rolled_back_at      timestamptz,
  started_at          timestamptz NOT NULL DEFAULT now(),
  applied_steps_count integer NOT NULL DEFAULT 0
)`;

const UNDEFINED_TABLE = '42P01';

export interface MigrationRecord {
  id: string;
  name: string;
  checksum: string;
  /** False when it failed, or was cut off. */
  isFinished: boolean;
  /** Why it failed. */
  logs: string | null;
}

/** Everything recorded and not rolled back; undefined when the table was not made yet. */
export async function readRecords(client: pg.Client): Promise<MigrationRecord[] | undefined> {
  try {
    const { rows } = await client.query<MigrationRecord>(
      `SELECT id, migration_name AS name, checksum, finished_at IS NOT NULL AS "isFinished", logs
       FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
    );
    return rows;
  } catch (error) {
    if ((error as pg.DatabaseError).code === UNDEFINED_TABLE) return undefined;
    throw error;
  }
}

export const createTable = (client: pg.Client) => client.query(CREATE_TABLE);

/** @returns the id of the new record */
export async function recordStart(client: pg.Client, migration: Migration): Promise<string> {
  const id = randomUUID();
  await client.query(
    'INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)',
    [id, migration.checksum, migration.name],
  );
  return id;
}

const update = (client: pg.Client, id: string, set: string, ...values: string[]) =>
  client.query(`UPDATE _prisma_migrations SET ${set} WHERE id = $1`, [id, ...values]);

export const recordFinish = (client: pg.Client, id: string) =>
  update(client, id, 'finished_at = now(), applied_steps_count = 1');

export const recordFailure = (client: pg.Client, id: string, logs: string) =>
  update(client, id, 'logs = $2', logs);

export const recordRollback = (client: pg.Client, id: string) =>
  update(client, id, 'rolled_back_at = now()');
