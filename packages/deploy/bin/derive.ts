/** `pnpm derive`: writes what follows from the service.json files, and names what has changed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { derivedFiles } from '../src/derive/derived-files.ts';

const repository = join(import.meta.dirname, '../../..');
try {
  for (const [path, text] of derivedFiles(repository)) {
    const file = join(repository, path);
    if (readFileSync(file, 'utf8') === text) continue;
    writeFileSync(file, text);
    process.stdout.write(`${path}\n`);
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
