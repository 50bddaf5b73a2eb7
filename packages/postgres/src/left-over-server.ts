import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, readProcess } from '@latchkey/process/process-table';
import { StartError } from '@latchkey/process/start-error';

const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 50;

/**
 * Ends a PostgreSQL that an earlier run left on this data directory, and removes a lock file whose
 * process id is another program's now. PostgreSQL itself removes one whose process has exited.
 *
 * @throws {StartError} when the server does not stop.
 */
export async function stopLeftOverServer(dataDir: string): Promise<void> {
  const lockFile = join(dataDir, 'postmaster.pid');
  const lock = await readFile(lockFile, 'utf8').catch(() => '');
  const pid = Number.parseInt(lock, 10);
  if (lock !== '' && !(pid > 0)) return rm(lockFile, { force: true });
  if (!(pid > 0) || !isAlive(pid)) return;

  const command = (await readProcess(pid))?.arguments.join(' ') ?? '';
  const ours = command.includes('postgres') && command.includes(dataDir);
  if (!ours) return rm(lockFile, { force: true });

  const deadlineMs = Date.now() + STOP_TIMEOUT_MS;
  process.kill(pid, 'SIGINT');
  while (isAlive(pid)) {
    if (Date.now() > deadlineMs) {
      throw new StartError(
        `A PostgreSQL from an earlier run (process ${pid}) does not stop on ${dataDir}: end it, then start again.`,
      );
    }
    await delay(POLL_MS);
  }
}
