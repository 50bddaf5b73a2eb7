import { resolve } from 'node:path';
import { keepRunning } from './keep-running.ts';
import type { KeeperOrder } from './keeper-messages.ts';
import { startKeeper } from './keeper-process.ts';

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
  /**
   * Called with one line each time the server ended unexpectedly and is restarted, on the same
   * port. Without it, the server is not restarted.
   */
  onRestart?: (line: string) => void;
}

export interface Postgres {
  /** The superuser's URL of the database `postgres`. */
  adminUrl: string;
  port: number;
  /** Resolves when the server has ended for good, whether asked to or not. */
  ended: Promise<void>;
  /** Shuts the server down in order; resolves when it has ended. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL for as long as this process lives.
 *
 * @throws {StartError} with one line for the person who starts it.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { onLog, onRestart, ...rest } = options;
  const order: KeeperOrder = { ...rest, dataDir: resolve(rest.dataDir) };
  const first = await startKeeper(order, onLog);
  const { port } = first;
  const kept = onRestart
    ? keepRunning(first, () => startKeeper({ ...order, port }, onLog), onRestart)
    : first;
  return {
    adminUrl: `postgresql://postgres:${encodeURIComponent(options.password)}@127.0.0.1:${port}/postgres`,
    port,
    ended: kept.ended,
    stop: kept.stop,
  };
}
