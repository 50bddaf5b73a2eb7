import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { everHadRows } from '@latchkey/database/first-rows';
import { StartError } from '@latchkey/postgres/start-error';
import { isIssuer } from './roles.ts';
import type { ServiceProcess } from './service-process.ts';

const DEMO_TIMEOUT_MS = 30_000;

/**
 * Runs the demo scripts of services, each once its service is ready: the people first, then what is
 * theirs, then what refers to that in another service.
 *
 * @returns the lines that they printed
 */
export async function runDemos(
  services: readonly ServiceProcess[],
  ready: (service: ServiceProcess) => Promise<void> | undefined,
): Promise<string[]> {
  const lines: string[] = [];
  for (const stage of [0, 1, 2]) {
    const group = services.filter((each) => stageOf(each) === stage);
    const runs = group.map(async (each) => {
      await ready(each);
      return (await hasData(each)) ? [] : runDemo(each);
    });
    lines.push(...(await Promise.all(runs)).flat());
  }
  return lines;
}

/** Past a first start there is nothing left to make, and no process to wait for; people are shown. */
async function hasData({ service, env }: ServiceProcess): Promise<boolean> {
  if (isIssuer(service) || !service.demo || !env.DATABASE_URL) return false;
  return everHadRows(env.DATABASE_URL);
}

function stageOf({ service }: ServiceProcess): number {
  if (isIssuer(service)) return 0;
  return service.client ? 2 : 1;
}

/** Runs a service's demo script, if it has one. */
async function runDemo({ service, directory, env, name }: ServiceProcess): Promise<string[]> {
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
