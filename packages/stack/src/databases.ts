import { join } from 'node:path';
import { applyMigrations } from '@latchkey/database/migrations';
import { provisionDatabase } from '@latchkey/database/provision';
import { type Postgres, startPostgres } from '@latchkey/postgres/embedded';
import { StartError } from '@latchkey/process/start-error';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import { databasePassword } from './local-database.ts';
import type { Secrets } from './secrets.ts';
import { openServiceLog } from './service-log.ts';

export interface Databases {
  /** Whether this stack runs PostgreSQL itself. */
  embedded: boolean;
  /**
   * Makes the service's database unless it is there, with a role that reaches only it, and applies
   * the migrations that are missing, unless it has a `migrate` program for that.
   *
   * @returns its URL; undefined for a service that names none
   * @throws StartError with one line
   */
  prepare(service: ServiceJson): Promise<string | undefined>;
  /** Resolves with one line once the embedded server ended unexpectedly and restarts did not help. */
  lost: Promise<string>;
  stop(): Promise<void>;
}

interface Options {
  services: readonly ServiceJson[];
  dataDir: string;
  prismaDir: string;
  secrets: Secrets;
  env: NodeJS.ProcessEnv;
  onTrouble: (line: string) => void;
}

/** Starts the embedded PostgreSQL when a service needs it. */
export async function startDatabases(options: Options): Promise<Databases> {
  const { services, prismaDir, secrets, env } = options;
  const given = (database: string) => env[givenIn(database)] || undefined;
  const isNeeded = services.some(({ database }) => database && !given(database));
  const server = isNeeded ? await startServer(options) : undefined;
  let stopping = false;
  return {
    embedded: server !== undefined,
    async prepare({ database, migrate }) {
      if (!database) return undefined;
      const directory = join(prismaDir, database, 'migrations');
      try {
        const url = given(database) ?? (await provision(server as Postgres, database, secrets));
        if (!migrate) await applyMigrations({ url, directory });
        return url;
      } catch (error) {
        throw explain(error, given(database) ? `in ${givenIn(database)}` : database);
      }
    },
    lost: new Promise((resolve) => {
      void server?.ended.then(() => {
        const log = logFileOf(options.dataDir);
        if (!stopping) resolve(`PostgreSQL keeps ending unexpectedly; see ${log}`);
      });
    }),
    async stop() {
      stopping = true;
      await server?.stop();
    },
  };
}

const givenIn = (database: string) => `${database.toUpperCase()}_DATABASE_URL`;
const logFileOf = (dataDir: string) => join(dataDir, 'logs', 'postgres.log');

async function startServer({ dataDir, secrets, onTrouble }: Options): Promise<Postgres> {
  const logFile = logFileOf(dataDir);
  return startPostgres({
    dataDir: join(dataDir, 'postgres'),
    password: secrets.postgresPassword,
    durable: true,
    onLog: openServiceLog(logFile).line,
    onRestart: (line) => onTrouble(`${line} See ${logFile}`),
  });
}

function provision({ adminUrl }: Postgres, name: string, secrets: Secrets): Promise<string> {
  const password = databasePassword(name, secrets.postgresPassword);
  return provisionDatabase({ adminUrl, name, password });
}

function explain(error: unknown, which: string): StartError {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === 'MigrationError') return new StartError(message);
  if (code === '28P01' && !which.startsWith('in ')) {
    return new StartError(
      'the database in DATA_DIR was made with other secrets: restore its secrets.json, or remove the folder to start over',
    );
  }
  const reason = message.trim().split('\n').at(-1) || code;
  return new StartError(`cannot prepare the database ${which}: ${reason}`);
}
