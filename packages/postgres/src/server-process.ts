import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { StartError } from '@latchkey/process/start-error';
import type { ServerUser } from './server-user.ts';

const STOP_TIMEOUT_MS = 15_000;
const READY = 'database system is ready to accept connections';

export interface ServerProcessOptions {
  postgres: string;
  dataDir: string;
  port: number;
  durable: boolean;
  user: ServerUser | undefined;
  onLog: (line: string) => void;
}

/** Not a StartError: when the port was ours to choose, another one is tried. */
export class PortTakenError extends Error {}

/**
 * Runs the server and waits until it takes connections, on 127.0.0.1 only.
 *
 * @throws {PortTakenError} when the port is taken.
 * @throws {StartError} with the server's own reason when it ends instead.
 */
export async function runServer(options: ServerProcessOptions): Promise<ChildProcess> {
  const { postgres, dataDir, port, durable, user, onLog } = options;
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(postgres, ['-D', dataDir, ...flags], {
    ...user,
    cwd: dataDir,
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });

  let reason = '';
  const ready = Promise.withResolvers<void>();
  const lines = createInterface({ input: server.stderr });
  lines.on('line', (line) => {
    onLog(line);
    if (line.includes(READY)) ready.resolve();
    if (/FATAL|PANIC|could not bind/.test(line))
      reason ||= line.replace(/^.*?(LOG|FATAL|PANIC): +/, '');
  });
  lines.on('close', () => {
    if (reason.includes('could not bind') && reason.includes('in use')) {
      return ready.reject(new PortTakenError(`Port ${port} is in use.`));
    }
    ready.reject(
      new StartError(`PostgreSQL did not start on ${dataDir}: ${reason || 'no reason given'}.`),
    );
  });
  server.on('error', (error) =>
    ready.reject(new StartError(`PostgreSQL did not start: ${error.message}.`)),
  );
  await ready.promise;
  return server;
}

/** Fast shutdown: open transactions are rolled back. An immediate one when that takes too long. */
export async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGINT');
  const timer = setTimeout(() => server.kill('SIGQUIT'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
