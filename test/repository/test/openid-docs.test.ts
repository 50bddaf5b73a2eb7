import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const docs = resolve(import.meta.dirname, '../../../docs');
const page = readFileSync(join(docs, 'openid.md'), 'utf8');

/** `[file](path): title`, as the last column has them. */
const NAMED = /\[[\w-]+\]\((?<path>\.\.\/[^)]+\.test\.ts)\): (?<title>.+?) *(?:·|\|$)/g;

const rows = page.split('\n').filter((line) => line.startsWith('| ') && line.includes('.test.ts)'));
const named = rows.flatMap((row) =>
  [...row.matchAll(NAMED)].map(
    ({ groups: { path = '', title = '' } = {} }) => [path, title] as const,
  ),
);

/** Tests have titles in any kind of quotes; one of a table is its row's first cell. */
const hasTitle = (source: string, title: string) =>
  ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote}`));

describe('docs/openid.md', () => {
  it('names a test in each row, and as many as it links to', () => {
    expect(rows.length).toBeGreaterThan(40);
    expect(named).toHaveLength([...page.matchAll(/\.test\.ts\)/g)].length);
  });

  it.each(named)('%s has: %s', (path, title) => {
    const file = resolve(docs, path);
    expect(existsSync(file)).toBe(true);
    expect(hasTitle(readFileSync(file, 'utf8'), title)).toBe(true);
  });
});
