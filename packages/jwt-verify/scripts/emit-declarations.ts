import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PACKAGE = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);

export const ENTRIES = ['index', 'express', 'fastify', 'node', 'fetch', 'testing'];

/** Has tsc write the declarations that are published into a folder, for as long as `use` runs. */
export const withDeclarations = <T>(flags: readonly string[], use: (folder: string) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), 'api-'));
  try {
    const tsc = join(require.resolve('typescript/package.json'), '../bin/tsc');
    const emit = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', folder];
    execFileSync(process.execPath, [tsc, ...emit, ...flags], { cwd: PACKAGE, stdio: 'pipe' });
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};
