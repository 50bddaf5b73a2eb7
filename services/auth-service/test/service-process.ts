import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Env, ISSUER, KEY_ENCRYPTION_KEY } from './harness.ts';

const main = join(import.meta.dirname, '../src/main.ts');

export interface ServiceProcess {
  url: string;
  lines: readonly string[];
  /** SIGKILL, and waits until it has ended. */
  kill(): Promise<void>;
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
}

/** The service as it is run, in its own process. @throws Error with what it wrote when it ends early */
export async function spawnService(databaseUrl: string, env: Env = {}): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      PORT: '0',
      ISSUER,
      DATABASE_URL: databaseUrl,
      ...(env.JWT_ALG === 'HS256' ? {} : { KEY_ENCRYPTION_KEY }),
      ...env,
    },
  });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  const port = await listeningPort(child, lines);
  if (port === undefined) throw new Error(lines.join('\n'));
  return {
    url: `http://127.0.0.1:${port}`,
    lines,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0] as number | null;
    },
  };
}

function listeningPort(child: ChildProcess, lines: string[]): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      const port = /"port":(\d+),.*"msg":"listening"/.exec(line)?.[1];
      if (port) resolve(Number(port));
    });
  }
  child.once('close', () => resolve(undefined));
  return promise;
}
