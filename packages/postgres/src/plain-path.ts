import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { StartError } from '@latchkey/process/start-error';
import type { Binaries } from './binaries.ts';

/** What a shell reads in a path although it stands in double quotes; on Windows also variables. */
const SPECIAL = process.platform === 'win32' ? /["%!^&\n]/ : /["$`\\\n]/;

/**
 * Calls back with an initdb whose path has no characters that a shell would interpret: it starts the
 * programs beside it through a shell. It looks up its real path, so a link is not enough.
 *
 * @throws {StartError} when the folder for temporary files has such a path too.
 */
export async function withPlainPath<T>(
  { initdb }: Binaries,
  work: (initdb: string) => Promise<T>,
): Promise<T> {
  if (!SPECIAL.test(initdb)) return work(initdb);
  if (SPECIAL.test(tmpdir())) {
    throw new StartError(
      `PostgreSQL cannot be set up from ${initdb}: set TMPDIR to a folder without $, quotes and backslashes in its path.`,
    );
  }
  const native = dirname(dirname(initdb));
  const copy = await mkdtemp(join(tmpdir(), 'latchkey-initdb-'));
  try {
    await chmod(copy, 0o755);
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    return await work(join(copy, relative(native, initdb)));
  } finally {
    await rm(copy, { recursive: true, force: true, maxRetries: 3 });
  }
}
