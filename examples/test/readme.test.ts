import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const PROGRAMS = readdirSync(join(ROOT, 'examples/src'));

/** The code blocks of jwt-verify's README that the paragraph before says to be from an example. */
const parts = read('packages/jwt-verify/README.md').split('```');
const QUOTED = parts.flatMap((part, at) => {
  const paragraph = parts[at - 1]?.trimEnd().split('\n\n').at(-1) ?? '';
  const file = /\[(examples\/src\/[\w-]+\.ts)\]/.exec(paragraph)?.[1];
  if (at % 2 === 0 || file === undefined) return [];
  return [{ file, code: part.replace(/^ts\n(?:import [^;]+;\n)*/, '').trim() }];
});

test.each(QUOTED)("jwt-verify's README quotes $file as it is", ({ file, code }) => {
  expect(read(file)).toContain(code);
});

test('four of them are quoted', () => {
  expect(QUOTED.map(({ file }) => file)).toHaveLength(4);
});

test.each(PROGRAMS)('%s has its script and its line in examples/README.md', (file) => {
  const name = file.replace('.ts', '');
  const { scripts } = JSON.parse(read('examples/package.json'));
  expect(scripts[name]).toBe(`node src/${file}`);
  expect(read('examples/README.md')).toContain(`[${name}](src/${file})`);
});
