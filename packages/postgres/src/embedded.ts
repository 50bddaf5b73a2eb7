import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { KeeperOrder, KeeperReport } from './keeper-messages.ts';
import { StartError } from './start-error.ts';

export { StartError } from './start-error.ts';

export interface PostgresOptions {
  /** Where the data is kept; made when absent, recovered when an earlier run was cut off. */
  dataDir: string;
  /** TCP port on 127.0.0.1. Default: a free one. */
  port?: number;
  /** Of the superuser `postgres`. It is set when the data directory is made; keep it. */
  password: string;
  /** False gives up crash safety for speed: for throw-away data only. */
  durable: boolean;
  /** Receives the server's log, line by line. */
  onLog?: (line: string) => void;
}

export interface Postgres {
  /** The superuser's URL of the database `postgres`. */
  adminUrl: string;
  port: number;
  /** Resolves when the server has ended, whether asked to or not. */
  ended: Promise<void>;
  /** Shuts the server down in order; resolves when it has ended. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL for as long as this process lives. A small keeper process owns it, so
 * that it is shut down in order even when this process is killed.
 *
 * @throws {StartError} with one line for the person who starts it.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { onLog, ...rest } = options;
  const order: KeeperOrder = { ...rest, dataDir: resolve(rest.dataDir) };
  const keeper = fork(new URL('./keeper.ts', import.meta.url), {
    detached: true,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const ended = once(keeper, 'exit').then(() => undefined);

  const port = await new Promise<number>((onReady, onFailure) => {
    keeper.on('message', (report: KeeperReport) => {
      if (report.type === 'log') onLog?.(report.line);
      else if (report.type === 'ready') onReady(report.port);
      else onFailure(new StartError(report.message));
    });
    keeper.on('exit', () => onFailure(new StartError('PostgreSQL ended while starting.')));
    keeper.on('error', onFailure);
    keeper.send(order, () => undefined);
  });
  // The keeper must not hold its parent: it ends when the parent does.
  keeper.unref();
  keeper.channel?.unref();

  return {
    adminUrl: `postgresql://postgres:${encodeURIComponent(options.password)}@127.0.0.1:${port}/postgres`,
    port,
    ended,
    async stop() {
      keeper.ref();
      if (keeper.connected) keeper.disconnect();
      await ended;
    },
  };
}
