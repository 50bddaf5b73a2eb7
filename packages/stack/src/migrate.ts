import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { StartError } from '@latchkey/process/start-error';
import type { ServiceProcess } from './service-process.ts';

const MIGRATE_TIMEOUT_MS = 10 * 60_000;

/**
 * Runs a service's `migrate` program, if it has one, in its folder and with its environment.
 *
 * @throws StartError with one line
 */
export async function runMigrate({ service, directory, env }: ServiceProcess): Promise<void> {
  const [program, ...parameters] = service.migrate ?? [];
  if (!program) return;
  const options = { cwd: directory, env, timeout: MIGRATE_TIMEOUT_MS };
  try {
    await promisify(execFile)(program, parameters, options);
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    const said = stderr.split('\n').findLast((line) => line.trim() !== '');
    throw new StartError(`migrate failed: ${said ?? message}`);
  }
}
