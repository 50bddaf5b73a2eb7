import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { everHadRows } from '@latchkey/database/first-rows';
import { StartError } from '@latchkey/process/start-error';
import type { ServiceProcess } from './service-process.ts';

const DEMO_TIMEOUT_MS = 30_000;

/**
 * Runs a service's demo script, if it has one, and keeps what it printed. Where there is data already,
 * that is repeated, and no process is started.
 */
export async function runDemo(
  each: ServiceProcess,
  dataDir: string,
  signal: AbortSignal,
): Promise<string[]> {
  const { service, env, name } = each;
  if (!service.demo) return [];
  const file = join(dataDir, `demo-${name}.txt`);
  const printed = await readFile(file, 'utf8').catch(() => undefined);
  if (printed !== undefined && env.DATABASE_URL && (await everHadRows(env.DATABASE_URL))) {
    return toLines(printed);
  }
  const script = join(each.directory, service.demo);
  const options = { cwd: each.directory, env, timeout: DEMO_TIMEOUT_MS, signal };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script], options);
    await writeFile(file, stdout);
    return toLines(stdout);
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new StartError(`${name}: demo data failed. ${toLines(stderr).at(-1) ?? error}`);
  }
}

const toLines = (text: string) => text.split('\n').filter((line) => line.trim() !== '');
