/**
 * The process that owns PostgreSQL. It runs in a separate process group, so a terminal's Ctrl+C does not
 * reach it, and ends when its parent lets go of the channel, in whatever way, `kill -9` included.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { StartError } from '@latchkey/process/start-error';
import getPort from 'get-port';
import { findBinaries } from './binaries.ts';
import { ensureDataDirectory } from './data-directory.ts';
import type { KeeperOrder, KeeperReport } from './keeper-messages.ts';
import { stopLeftOverServer } from './left-over-server.ts';
import { reachableBinaries } from './open-place.ts';
import { PortTakenError, runServer, stopServer } from './server-process.ts';
import { findServerUser } from './server-user.ts';

const PORT_TRIES = 5;

const leaving = new AbortController();
const report = (message: KeeperReport): void => {
  // The parent may have exited: then there is no one to report to.
  if (process.connected) process.send?.(message, () => undefined);
};

process.on('disconnect', () => leaving.abort());
process.on('SIGTERM', () => leaving.abort());
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);

async function start(order: KeeperOrder): Promise<{ server: ChildProcess; port: number }> {
  const [installed, user] = await Promise.all([findBinaries(), findServerUser()]);
  const binaries = await reachableBinaries(installed, user);
  const dataDir = await ensureDataDirectory({ ...order, binaries, user, signal: leaving.signal });
  await stopLeftOverServer(dataDir);
  for (let tries = 1; ; tries++) {
    const port = order.port ?? (await getPort({ host: '127.0.0.1' }));
    const onLog = (line: string) => report({ type: 'log', line });
    const { durable } = order;
    try {
      const { postgres } = binaries;
      return { server: await runServer({ postgres, dataDir, port, durable, user, onLog }), port };
    } catch (error) {
      if (!(error instanceof PortTakenError)) throw error;
      if (order.port !== undefined || tries === PORT_TRIES) {
        throw new StartError(`Port ${port} for PostgreSQL is in use: choose another one.`);
      }
    }
  }
}

const [order] = (await once(process, 'message')) as [KeeperOrder];
try {
  const { server, port } = await start(order);
  server.on('exit', () => process.exit(leaving.signal.aborted ? 0 : 1));
  if (!leaving.signal.aborted) {
    report({ type: 'ready', port });
    await once(leaving.signal, 'abort');
  }
  await stopServer(server);
} catch (error) {
  report({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
  if (process.connected) process.disconnect();
}
