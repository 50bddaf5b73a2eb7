import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');

interface Cruised {
  modules: { source: string; dependencies: { resolved: string }[] }[];
}

/** The folders of each `src` by the folders that they import, types included. */
async function importsByFolder(directory: string): Promise<Map<string, Set<string>>> {
  const cli = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const config = join(root, '.dependency-cruiser.cjs');
  const parameters = [cli, '--config', config, '--output-type', 'json', 'services', 'packages'];
  const { stdout } = await promisify(execFile)(process.execPath, parameters, {
    cwd: directory,
    maxBuffer: 64 * 1024 * 1024,
  });
  const imports = new Map<string, Set<string>>();
  for (const { source, dependencies } of (JSON.parse(stdout) as Cruised).modules) {
    const from = folderOf(source);
    if (!from) continue;
    const folders = dependencies.flatMap(({ resolved }) => folderOf(resolved) ?? []);
    imports.set(from, new Set([...(imports.get(from) ?? []), ...folders]));
  }
  return imports;
}

/** Files directly in `src` put the folders together, and are no folder. */
const folderOf = (path: string) =>
  /^(?:services|packages)\/[^/]+\/src\/[^/]+(?=\/)/.exec(path)?.[0];

/** The imports that are left once folders that import none of the others are taken away, again and again. */
function importsInCycles(imports: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const left = new Set(imports.keys());
  const leftOf = (folder: string) =>
    [...(imports.get(folder) ?? [])].filter((to) => to !== folder && left.has(to));
  for (;;) {
    const free = [...left].filter((folder) => leftOf(folder).length === 0);
    if (free.length === 0) break;
    for (const folder of free) left.delete(folder);
  }
  return [...left].flatMap((folder) => leftOf(folder).map((to) => `${folder} -> ${to}`));
}

test('no two folders of a src import each other, by no detour either', {
  timeout: 60_000,
}, async () => {
  const imports = await importsByFolder(root);
  expect([...imports.keys()]).toContain('services/auth-service/src/tokens');
  expect(importsInCycles(imports)).toEqual([]);
});

test('a cycle of folders is found where no file is in a cycle', { timeout: 60_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-folder-cycles-'));
  const files = {
    'services/a-service/src/one/a.ts': "import '../two/b.ts';\n",
    'services/a-service/src/two/b.ts': '',
    'services/a-service/src/two/c.ts': "import '../three/d.ts';\n",
    'services/a-service/src/three/d.ts':
      "import type { E } from '../one/e.ts';\nexport type D = E;\n",
    'services/a-service/src/one/e.ts': 'export type E = 1;\n',
    'packages/a-package/src/f.ts': '',
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  const found = importsInCycles(await importsByFolder(directory));
  rmSync(directory, { recursive: true, force: true });
  const folder = (name: string) => `services/a-service/src/${name}`;
  expect(found.sort()).toEqual([
    `${folder('one')} -> ${folder('two')}`,
    `${folder('three')} -> ${folder('one')}`,
    `${folder('two')} -> ${folder('three')}`,
  ]);
});
