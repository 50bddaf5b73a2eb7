import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { withAdvisoryLock, withConnection, withDatabase } from './connection.ts';
import { digestMigrations, readMigrations } from './migration-files.ts';
import { applyMigrations } from './migrations.ts';

export interface ScratchOptions {
  /** A superuser's URL of the test server: `inject('postgresUrl')` in tests. */
  serverUrl: string;
  /** The folder of migrations that the database shall have. */
  migrations: string;
}

export interface ScratchDatabase {
  url: string;
  /** Cuts every connection and lets none in, as when the server is away. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** Closes what is still connected and removes the database. */
  drop(): Promise<void>;
}

const quote = pg.escapeIdentifier;

/** A fresh database with all migrations applied, copied from a template made once per server. */
export async function scratchDatabase(options: ScratchOptions): Promise<ScratchDatabase> {
  const { serverUrl, migrations } = options;
  const digest = digestMigrations(await readMigrations(migrations));
  const template = `template_${digest.slice(0, 32)}`;
  const name = `scratch_${randomBytes(8).toString('hex')}`;

  await withConnection(serverUrl, async (client) => {
    await withAdvisoryLock(client, template, () =>
      ensureTemplate(client, template, serverUrl, migrations),
    );
    await client.query(`CREATE DATABASE ${quote(name)} TEMPLATE ${quote(template)}`);
  });

  const run = (...statements: string[]) =>
    withConnection(serverUrl, async (client) => {
      for (const statement of statements) await client.query(statement);
    });

  return {
    url: withDatabase(serverUrl, name),
    suspend: () =>
      run(
        `ALTER DATABASE ${quote(name)} ALLOW_CONNECTIONS false`,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${pg.escapeLiteral(name)}`,
      ),
    resume: () => run(`ALTER DATABASE ${quote(name)} ALLOW_CONNECTIONS true`),
    drop: () => run(`DROP DATABASE IF EXISTS ${quote(name)} WITH (FORCE)`),
  };
}

async function ensureTemplate(
  client: pg.Client,
  template: string,
  serverUrl: string,
  migrations: string,
): Promise<void> {
  const { rows } = await client.query<{ datistemplate: boolean }>(
    'SELECT datistemplate FROM pg_database WHERE datname = $1',
    [template],
  );
  if (rows[0]?.datistemplate) return;
  // It becomes a template last: one that is not was cut off while it was made.
  if (rows[0]) await client.query(`DROP DATABASE ${quote(template)} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${quote(template)}`);
  await applyMigrations({ url: withDatabase(serverUrl, template), directory: migrations });
  await client.query(`ALTER DATABASE ${quote(template)} WITH IS_TEMPLATE true`);
}
