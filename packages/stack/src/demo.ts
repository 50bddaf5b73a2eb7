import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { everHadRows } from '@latchkey/database/first-rows';
import { StartError } from '@latchkey/process/start-error';
import { isIssuer } from './roles.ts';
import type { ServiceProcess } from './service-process.ts';

const DEMO_TIMEOUT_MS = 30_000;

/** Past a first start there is nothing left to make, and no process to wait for; people are shown. */
async function hasData({ service, env }: ServiceProcess): Promise<boolean> {
  if (isIssuer(service) || !env.DATABASE_URL) return false;
  return everHadRows(env.DATABASE_URL);
}

/** The people come first, then what is theirs, then what refers to that in another service. */
export function stageOf({ service }: ServiceProcess): number {
  if (isIssuer(service)) return 0;
  return service.client ? 2 : 1;
}

/** Runs a service's demo script, if it has one and there is something to make. */
export async function runDemo(each: ServiceProcess): Promise<string[]> {
  const { service, directory, env, name } = each;
  if (!service.demo || (await hasData(each))) return [];
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
