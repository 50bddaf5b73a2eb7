import { writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, readProcess } from '@latchkey/process/process-table';
import type { ServiceProcess } from './service-process.ts';

interface Tracked {
  pid: number;
  /** Part of the process's command line, since another process may have got the same id. */
  main: string;
}

const GRACE_MS = 5_000;
const POLL_MS = 50;
const fileOf = (dataDir: string) => join(dataDir, 'services.json');

/** Services exit when their parent does; any left over from an earlier run are stopped here. */
export async function stopLeftOverServices(dataDir: string): Promise<void> {
  const left = await readTracked(dataDir);
  for (const { pid } of left) process.kill(pid, 'SIGTERM');
  const deadlineMs = Date.now() + GRACE_MS;
  while (left.some(({ pid }) => isAlive(pid)) && Date.now() < deadlineMs) await delay(POLL_MS);
  for (const { pid } of left.filter(({ pid }) => isAlive(pid))) process.kill(pid, 'SIGKILL');
  await rm(fileOf(dataDir), { force: true });
}

async function readTracked(dataDir: string): Promise<Tracked[]> {
  const text = await readFile(fileOf(dataDir), 'utf8').catch(() => '[]');
  const found: Tracked[] = [];
  for (const tracked of parse(text)) {
    const words = isAlive(tracked.pid) ? (await readProcess(tracked.pid))?.arguments : undefined;
    if (words?.join(' ').includes(tracked.main)) found.push(tracked);
  }
  return found;
}

function parse(text: string): Tracked[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? (value as Tracked[]) : [];
  } catch {
    // The write was cut off, before any service was started.
    return [];
  }
}

/** Keeps the list of running services on disk, for the next start. */
export function trackServices(dataDir: string, processes: readonly ServiceProcess[]) {
  return {
    save: () => {
      const tracked = processes.flatMap(({ pid, main }) =>
        pid === undefined ? [] : { pid, main },
      );
      writeFileSync(fileOf(dataDir), JSON.stringify(tracked));
    },
    forget: () => rm(fileOf(dataDir), { force: true }),
  };
}
