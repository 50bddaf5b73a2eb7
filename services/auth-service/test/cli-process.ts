import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { KEY_ENCRYPTION_KEY } from './harness.ts';

const main = join(import.meta.dirname, '../src/cli/main.ts');

/** The operators' program, in its own process. */
export function startCli(databaseUrl: string, args: string[], input = '', env = {}) {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl, KEY_ENCRYPTION_KEY, ...env },
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]).then(
    ([stdout, stderr, [code]]) => ({ stdout, stderr, code: code as number | null }),
  );
  return { kill: () => child.kill('SIGKILL'), ended };
}

export const runCli = (databaseUrl: string, args: string[], input?: string, env?: object) =>
  startCli(databaseUrl, args, input, env).ended;
