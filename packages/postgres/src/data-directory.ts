import { execFile } from 'node:child_process';
import {
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '@latchkey/process/start-error';
import type { Binaries } from './binaries.ts';
import { reachableDataDir } from './open-place.ts';
import { withPlainPath } from './plain-path.ts';
import type { ServerUser } from './server-user.ts';

const MAJOR = '18';

export interface DataDirectoryOptions {
  dataDir: string;
  password: string;
  durable: boolean;
  binaries: Binaries;
  user: ServerUser | undefined;
  signal: AbortSignal;
}

/**
 * Makes the data directory unless it is there: initdb works beside it and a rename ends it, so one
 * that exists is whole.
 *
 * @returns its real path.
 * @throws {StartError} when it holds something else, is of another version, or cannot be made.
 */
export async function ensureDataDirectory(options: DataDirectoryOptions): Promise<string> {
  const { dataDir, user } = options;
  const parent = dirname(dataDir);
  try {
    await mkdir(parent, { recursive: true });
    const whole = await reachableDataDir(join(await realpath(parent), basename(dataDir)), user);
    await removeUnfinished(whole);
    if (!(await isCluster(whole))) await makeCluster({ ...options, dataDir: whole });
    return whole;
  } catch (error) {
    throw error instanceof StartError ? error : new StartError(explain(error, dataDir));
  }
}

async function isCluster(dataDir: string): Promise<boolean> {
  const entries = await readdir(dataDir).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (entries.length === 0) return false;
  if (!entries.includes('PG_VERSION')) {
    throw new StartError(`${dataDir} holds something other than a database: set another DATA_DIR.`);
  }
  const version = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim();
  if (version === MAJOR) return true;
  throw new StartError(
    `${dataDir} was made by PostgreSQL ${version}, this is ${MAJOR}: move it away or set another DATA_DIR.`,
  );
}

const unfinishedPrefix = (dataDir: string) => `${basename(dataDir)}.new-`;

async function removeUnfinished(dataDir: string): Promise<void> {
  const parent = dirname(dataDir);
  const unfinished = (await readdir(parent)).filter((n) => n.startsWith(unfinishedPrefix(dataDir)));
  await Promise.all(
    unfinished.map((name) =>
      rm(join(parent, name), { recursive: true, force: true, maxRetries: 3 }),
    ),
  );
}

async function makeCluster(options: DataDirectoryOptions): Promise<void> {
  const { dataDir, password, durable, binaries, user, signal } = options;
  const workDir = await mkdtemp(join(dirname(dataDir), unfinishedPrefix(dataDir)));
  const clusterDir = join(workDir, 'cluster');
  const passwordFile = join(workDir, 'password');
  try {
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (user) {
      await Promise.all([workDir, passwordFile].map((path) => chown(path, user.uid, user.gid)));
    }
    // The built-in locale sorts and folds case alike on every system, whatever locales it has.
    const args = [
      `--pgdata=${clusterDir}`,
      `--pwfile=${passwordFile}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...(durable ? [] : ['--no-sync']),
    ];
    await withPlainPath(binaries, (initdb) =>
      promisify(execFile)(initdb, args, { ...user, signal, cwd: workDir }),
    );
    await rename(clusterDir, dataDir);
  } finally {
    await rm(workDir, { recursive: true, force: true, maxRetries: 3 });
  }
}

function explain(error: unknown, dataDir: string): string {
  const { code, message, stderr = '' } = error as NodeJS.ErrnoException & { stderr?: string };
  if (code === 'ENOSPC' || stderr.includes('No space left')) {
    return `No space left on the disk of ${dataDir}: free some, or set DATA_DIR to another disk.`;
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return `${dataDir} cannot be written: set DATA_DIR to a folder that can.`;
  }
  const reason = /error: .*|FATAL: .*/.exec(stderr)?.[0] ?? message.split('\n')[0];
  return `PostgreSQL's data directory ${dataDir} could not be made: ${reason}`;
}
