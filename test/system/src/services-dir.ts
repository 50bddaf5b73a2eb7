import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const repository = join(import.meta.dirname, '../../..');

/** A directory of services, each where it is: folders of the repository, by their paths in it. */
export function servicesDirOf(...folders: string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-services-'));
  for (const folder of folders) {
    symlinkSync(join(repository, folder), join(directory, basename(folder)));
  }
  return directory;
}
