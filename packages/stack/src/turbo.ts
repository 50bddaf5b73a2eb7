import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '@latchkey/process/start-error';

const repository = resolve(import.meta.dirname, '../../..');

/** Runs tasks of the workspace, from turbo's cache where nothing has changed. @throws StartError */
export async function turbo(
  tasks: readonly string[],
  { signal, failure }: { signal: AbortSignal; failure: string },
): Promise<void> {
  const parameters = ['run', ...tasks, '--output-logs=errors-only'];
  try {
    await promisify(execFile)('turbo', parameters, { cwd: repository, signal });
  } catch (error) {
    signal.throwIfAborted();
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new StartError(`${failure}\n${stdout}${stderr}`.trim());
  }
}
