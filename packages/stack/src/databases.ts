import { join } from 'node:path';
import { applyMigrations } from '@latchkey/database/migrations';
import { provisionDatabase } from '@latchkey/database/provision';
import { type Postgres, startPostgres } from '@latchkey/postgres/embedded';
import { StartError } from '@latchkey/postgres/start-error';
import type { ServiceJson } from '@latchkey/service-kit/service-json';
import { databasePassword, databaseUrlOf } from './local-database.ts';
import type { Secrets } from './secrets.ts';
import { openServiceLog } from './service-log.ts';

export interface Databases {
  /** Whether this stack runs PostgreSQL itself. */
  embedded: boolean;
  /** By service name. */
  urls: Record<string, string>;
  stop(): Promise<void>;
}

interface Options {
  services: readonly ServiceJson[];
  dataDir: string;
  prismaDir: string;
  secrets: Secrets;
  env: NodeJS.ProcessEnv;
}

interface Wanted {
  service: string;
  database: string;
  /** Where a person wants it instead of in the embedded server. */
  url: string | undefined;
}

/** A migrated database, and a role that reaches only it, for every service that names one. */
export async function prepareDatabases(options: Options): Promise<Databases> {
  const { services, dataDir, prismaDir, secrets, env } = options;
  const wanted = services.flatMap(({ name, database }): Wanted[] =>
    database ? [{ service: name, database, url: env[givenIn(database)] || undefined }] : [],
  );
  const server = wanted.some(({ url }) => !url) ? await startServer(dataDir, secrets) : undefined;
  try {
    const urls = await Promise.all(
      wanted.map(async ({ service, database, url: given }) => {
        const url = given ?? (await provision(server as Postgres, database, secrets));
        await migrate(url, database, join(prismaDir, database, 'migrations'), given !== undefined);
        return [service, url] as const;
      }),
    );
    return {
      embedded: server !== undefined,
      urls: Object.fromEntries(urls),
      stop: async () => server?.stop(),
    };
  } catch (error) {
    await server?.stop();
    throw error;
  }
}

const givenIn = (database: string) => `${database.toUpperCase()}_DATABASE_URL`;

async function startServer(dataDir: string, secrets: Secrets): Promise<Postgres> {
  const log = openServiceLog(join(dataDir, 'logs', 'postgres.log'));
  return startPostgres({
    dataDir: join(dataDir, 'postgres'),
    password: secrets.postgresPassword,
    durable: true,
    onLog: log.line,
  });
}

async function provision(server: Postgres, database: string, secrets: Secrets): Promise<string> {
  const password = databasePassword(database, secrets.postgresPassword);
  try {
    await provisionDatabase({
      adminUrl: server.adminUrl,
      name: database,
      role: database,
      password,
    });
  } catch (error) {
    if ((error as { code?: string }).code !== '28P01') throw error;
    throw new StartError(
      'The database in DATA_DIR was made with other secrets: restore its secrets.json, or remove the folder to begin anew.',
    );
  }
  return databaseUrlOf(database, secrets.postgresPassword, server.port);
}

async function migrate(url: string, database: string, directory: string, given: boolean) {
  try {
    await applyMigrations({ url, directory });
  } catch (error) {
    if (!given) throw error;
    const reason = (error as Error).message.trim().split('\n').at(-1);
    throw new StartError(`Cannot prepare the database in ${givenIn(database)}: ${reason}`);
  }
}
