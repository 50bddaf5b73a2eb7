import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checksDocument } from '../scripts/checks-document.ts';
import { ALL_CHECKS } from '../src/checks/all-checks.ts';

test('docs/checks.md is what `pnpm run docs` writes', () => {
  const written = readFileSync(join(import.meta.dirname, '../docs/checks.md'), 'utf8');
  expect(written).toBe(checksDocument());
});

test('an id stands for one check, and says its subject', () => {
  const ids = ALL_CHECKS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z]+\.[a-z0-9-]+$/);
});
