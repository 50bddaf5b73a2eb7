import { fork } from 'node:child_process';
import { once } from 'node:events';
import { getCompileCacheDir } from 'node:module';
import { StartError } from '@latchkey/process/start-error';
import type { KeeperOrder, KeeperReport } from './keeper-messages.ts';

/** A running keeper, and with it a running server. */
export interface KeeperProcess {
  port: number;
  /** Resolves when keeper and server have ended. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Forks the small process that owns PostgreSQL, so that the server is shut down in order even when
 * this process is killed.
 *
 * @throws {StartError} with one line for the person who starts it.
 */
export async function startKeeper(
  order: KeeperOrder,
  onLog: ((line: string) => void) | undefined,
): Promise<KeeperProcess> {
  const keeper = fork(new URL('./keeper.ts', import.meta.url), {
    detached: true,
    execArgv: [],
    env: { ...process.env, NODE_COMPILE_CACHE: getCompileCacheDir() },
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
  // The keeper must not keep its parent running: it ends when the parent does.
  keeper.unref();
  keeper.channel?.unref();

  return {
    port,
    ended,
    async stop() {
      keeper.ref();
      if (keeper.connected) keeper.disconnect();
      await ended;
    },
  };
}
