import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import getPort from 'get-port';

const SRC = join(import.meta.dirname, '../src');

export interface RunningExample {
  readonly url: string;
  /** Ask it to stop, as a container does; the exit code. */
  readonly stop: () => Promise<number | null>;
}

/** Start an example as its reader does, and wait until it says where it is. */
export const startExample = async (
  name: string,
  settings: Record<string, string>,
): Promise<RunningExample> => {
  const port = await getPort();
  const env = { ...process.env, NODE_ENV: 'test', PORT: String(port), ...settings };
  const child: ChildProcess = spawn(process.execPath, [join(SRC, `${name}.ts`)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const said = once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  const first = await Promise.race([said, exited.then(() => undefined)]);
  if (first === undefined) throw new Error(`${name} did not start`);
  const stop = async () => {
    child.kill('SIGTERM');
    return (await exited)[0];
  };
  return { url: `http://localhost:${port}`, stop };
};
