import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '@latchkey/process/start-error';

const run = promisify(execFile);

/** The ids to run PostgreSQL under; undefined means our own. */
export interface ServerUser {
  uid: number;
  gid: number;
}

const NAME = 'postgres';

const lookUp = async (): Promise<ServerUser | undefined> => {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', NAME]), run('id', ['-g', NAME])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
};

/**
 * PostgreSQL refuses to run as root: root starts it as the system user `postgres`, made if absent.
 *
 * @throws {StartError} when there is no such user and it cannot be made.
 */
export async function findServerUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const known = await lookUp();
  if (known) return known;
  // shadow's useradd on most systems, BusyBox's adduser on Alpine.
  await run('useradd', ['--system', '--user-group', '--no-create-home', NAME]).catch(() =>
    run('adduser', ['-S', '-D', '-H', NAME]).catch(() => undefined),
  );
  const made = await lookUp();
  if (made) return made;
  throw new StartError(
    `PostgreSQL does not run as root, and a system user "${NAME}" could not be made: run as another user.`,
  );
}

/** Whether `user` may pass through every folder above `path`. */
export async function isReachable(path: string, user: ServerUser): Promise<boolean> {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if (!(mode & bit)) return false;
  }
  return true;
}
