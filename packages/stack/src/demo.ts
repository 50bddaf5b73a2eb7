import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '@latchkey/postgres/start-error';
import type { ServiceProcess } from './service-process.ts';

const DEMO_TIMEOUT_MS = 30_000;

/** Runs a service's demo script, if it has one; its lines are shown once everything is up. */
export async function runDemo({
  service,
  directory,
  env,
  name,
}: ServiceProcess): Promise<string[]> {
  if (!service.demo) return [];
  const script = join(directory, service.demo);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script], {
      cwd: directory,
      env,
      timeout: DEMO_TIMEOUT_MS,
    });
    return stdout.split('\n').filter((line) => line.trim() !== '');
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new StartError(
      `${name}: its demo data could not be made. ${stderr.trim().split('\n').at(-1)}`,
    );
  }
}
