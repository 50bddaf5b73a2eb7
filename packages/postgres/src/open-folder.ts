import { chmod, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder for things that do not stay, open to the user that PostgreSQL runs as under root. */
export async function makeOpenFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), prefix));
  await chmod(folder, 0o711);
  return folder;
}
