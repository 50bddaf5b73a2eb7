import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PACKAGE = join(import.meta.dirname, '..');
export const TSC = join(
  createRequire(import.meta.url).resolve('typescript/package.json'),
  '../bin/tsc',
);

export const runTsc = (flags: readonly string[], folder: string): string =>
  execFileSync(process.execPath, [TSC, ...flags], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });

/** Has tsc write the declarations that are published into a folder, for as long as `use` runs. */
export const withDeclarations = <T>(flags: readonly string[], use: (folder: string) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), 'api-'));
  try {
    const emit = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', folder];
    runTsc([...emit, ...flags], PACKAGE);
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};
