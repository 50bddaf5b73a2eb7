import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { apiReference } from '../scripts/api-reference.ts';
import { apiReport } from '../scripts/api-report.ts';
import { TSC } from '../scripts/emit-declarations.ts';
import { errorReference } from '../scripts/error-reference.ts';

const PACKAGE = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(PACKAGE, file), 'utf8');

describe('generated documents are up to date (pnpm --filter @latchkey/jwt-verify run docs)', () => {
  test('docs/errors.md', () => expect(read('docs/errors.md')).toBe(errorReference()));
  test('docs/api', { timeout: 60_000 }, async () => {
    const { pages } = await apiReference();
    expect(readdirSync(join(PACKAGE, 'docs/api')).sort()).toEqual([...pages.keys()]);
    for (const [file, text] of pages) expect(read(`docs/api/${file}`)).toBe(text);
  });
  test('docs/api-report.md', { timeout: 60_000 }, () =>
    expect(read('docs/api-report.md')).toBe(apiReport()),
  );
});

interface Example {
  readonly where: string;
  readonly code: string;
}

const examplesIn = (where: string, text: string): Example[] =>
  [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ''], at) => ({
    where: `${where} ${at + 1}`,
    code,
  }));

const SOURCES = readdirSync(join(PACKAGE, 'src'), { encoding: 'utf8', recursive: true }).filter(
  (file) => file.endsWith('.ts'),
);
const EXAMPLES: Example[] = [
  ...examplesIn('README.md', read('README.md')),
  ...SOURCES.flatMap((file) => examplesIn(file, read(`src/${file}`).replace(/^ \* ?/gm, ''))),
];

// Inside the package, so that the examples find it by its name, as a reader's code does.
const folder = mkdtempSync(join(PACKAGE, '.examples-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fileOf = (where: string) => join(folder, `${where.replaceAll(/\W/g, '-')}.ts`);

test('the examples type-check', { timeout: 60_000 }, () => {
  expect(EXAMPLES.length).toBeGreaterThan(20);
  for (const { where, code } of EXAMPLES) writeFileSync(fileOf(where), code);
  const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false };
  const config = { extends: '../tsconfig.json', compilerOptions, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const { stdout } = spawnSync(process.execPath, [TSC, '-p', folder], { encoding: 'utf8' });
  expect(stdout).toBe('');
});

test.each(EXAMPLES)('the example of $where runs', ({ where, code }) => {
  const file = fileOf(where);
  writeFileSync(file, code);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  // A comment after console.log says what it prints.
  for (const [, printed = ''] of code.matchAll(/console\.log\(.*\); \/\/ (.*)/g)) {
    expect(stdout).toContain(printed);
  }
});
