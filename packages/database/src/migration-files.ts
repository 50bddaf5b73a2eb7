import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MigrationError } from './migration-error.ts';

export interface Migration {
  /** Name of its folder, e.g. `20260114120000_first`. */
  name: string;
  /** With LF line ends, whatever the checkout has. */
  sql: string;
  /** SHA-256 of the script in hex, as Prisma records it. */
  checksum: string;
}

const NAME = /^\d{14}_\w+$/;

/**
 * Reads a folder of Prisma migrations, in the order in which they apply.
 *
 * @throws {MigrationError} that names the file or folder at fault
 */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(
    explain(directory, 'make it with `npx -y pnpm@12 migration:new`'),
  );
  const stray = entries.find((entry) => entry.isFile() && /\.sql$/i.test(entry.name));
  if (stray) {
    throw new MigrationError(
      `${join(directory, stray.name)} is not read: a migration is a folder, such as 20260101120000_add_due_date, with a migration.sql in it.`,
    );
  }
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map((name) => readMigration(directory, name)));
}

async function readMigration(directory: string, name: string): Promise<Migration> {
  const folder = join(directory, name);
  if (!NAME.test(name)) {
    throw new MigrationError(
      `${folder} must be named by its time, such as 20260101120000_add_due_date: rename it.`,
    );
  }
  const file = join(folder, 'migration.sql');
  const sql = toLf(
    await readFile(file, 'utf8').catch(explain(file, 'restore it, or remove its folder')),
  );
  return { name, sql, checksum: sha256(sql) };
}

const explain =
  (path: string, next: string) =>
  ({ code }: NodeJS.ErrnoException): never => {
    const what = code === 'ENOENT' ? 'is missing' : `cannot be read (${code})`;
    throw new MigrationError(`${path} ${what}: ${next}.`);
  };

/** Whether a recorded checksum is this script's, in either form that a checkout may have had. */
export const isChecksumOf = (recorded: string, { sql, checksum }: Migration): boolean =>
  recorded === checksum || recorded === sha256(sql.replaceAll('\n', '\r\n'));

/** One digest of all migrations together. */
export const digestMigrations = (migrations: Migration[]): string =>
  sha256(migrations.map(({ name, checksum }) => `${name} ${checksum}\n`).join(''));

const toLf = (text: string): string => text.replaceAll('\r\n', '\n');
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
