import { createHash } from 'node:crypto';
import { cp, lstat, mkdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { Binaries } from './binaries.ts';
import { isReachable, type ServerUser } from './server-user.ts';

/** Made by root: every user can read it, only root can write. */
const OPEN_ROOT = '/var/lib/latchkey';

/**
 * PostgreSQL's programs where `user` can run them: in place, or a copy when the project lies in a
 * folder that is closed to all but root, as `/root` and what `mktemp -d` makes are.
 */
export async function reachableBinaries(
  binaries: Binaries,
  user: ServerUser | undefined,
): Promise<Binaries> {
  if (!user || (await isReachable(binaries.postgres, user))) return binaries;
  const native = dirname(dirname(binaries.postgres));
  const { version } = JSON.parse(await readFile(join(native, '../package.json'), 'utf8'));
  const copy = join(OPEN_ROOT, `postgres-${version}`);
  const moved = (path: string) => join(copy, relative(native, path));
  if (!(await exists(copy))) {
    const unfinished = `${copy}.new-${process.pid}`;
    await mkdir(OPEN_ROOT, { recursive: true, mode: 0o755 });
    await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
    // Another start may have been faster; its copy will do.
    await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true, force: true }));
  }
  return { initdb: moved(binaries.initdb), postgres: moved(binaries.postgres) };
}

/**
 * The data directory where `user` can reach it: in place, or below `/var/lib/latchkey` with a link
 * in its place. When the link was removed, the data is too, as if it had been in its place.
 */
export async function reachableDataDir(
  dataDir: string,
  user: ServerUser | undefined,
): Promise<string> {
  if (!user || (await isReachable(dataDir, user))) return dataDir;
  const digest = createHash('sha256').update(dataDir).digest('hex').slice(0, 20);
  const place = join(OPEN_ROOT, 'data', digest);
  const target = join(place, basename(dataDir));
  if ((await readlink(dataDir).catch(() => undefined)) !== target) {
    await rm(place, { recursive: true, force: true });
    await symlink(target, dataDir);
  }
  await mkdir(place, { recursive: true, mode: 0o755 });
  return target;
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
