import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '@latchkey/postgres/start-error';

const repository = resolve(import.meta.dirname, '../../..');

/** Has turbo make what services need and git does not hold: their Prisma clients. Cached. */
export async function generateClients(signal: AbortSignal): Promise<void> {
  const parameters = ['run', 'generate', '--filter=./services/*', '--output-logs=errors-only'];
  try {
    await promisify(execFile)('turbo', parameters, { cwd: repository, signal });
  } catch (error) {
    signal.throwIfAborted();
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new StartError(`The database clients could not be generated.\n${stdout}${stderr}`.trim());
  }
}
