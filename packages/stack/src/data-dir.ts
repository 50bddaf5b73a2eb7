import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StartError } from '@latchkey/process/start-error';

/**
 * Makes the data directory and writes to it once: a full or read-only disk shows at the first file.
 *
 * @throws StartError with one line
 */
export async function makeDataDir(dataDir: string): Promise<void> {
  const probe = join(dataDir, `.writable-${process.pid}`);
  try {
    await makeFolder(join(dataDir, 'logs'));
    await writeFile(probe, 'A few bytes, since an empty file needs no space.');
    await rm(probe);
  } catch (error) {
    await rm(probe, { force: true }).catch(() => undefined);
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      code === 'ENOSPC'
        ? `No space left on the disk of ${dataDir}: free some, or set DATA_DIR to another disk.`
        : `Cannot write to ${dataDir} (${code}): set DATA_DIR to a folder of yours.`,
    );
  }
}

/** Instead of `recursive`, which gives a wrong reason on a read-only disk and never returns on /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    if ((await stat(path)).isDirectory()) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await makeFolder(dirname(path));
  }
  await mkdir(path);
}
