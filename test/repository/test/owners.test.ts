import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const owners = new Map(
  readFileSync(join(root, 'CODEOWNERS'), 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => line.trim().split(/\s+/))
    .map(([pattern = '', ...names]) => [pattern, names]),
);
const foldersIn = (parent: string) =>
  readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `/${parent}/${name}/`);
const owned = [...foldersIn('services'), ...foldersIn('prisma')];

it.each(owned)('CODEOWNERS names who reviews %s', (folder) => {
  expect(owners.get(folder)).toEqual([expect.stringMatching(/^@[\w-]+\/[\w-]+$/)]);
});

it('CODEOWNERS names no folder that is gone', () => {
  const named = [...owners.keys()].filter((pattern) => /^\/(services|prisma)\//.test(pattern));
  expect(named.sort()).toEqual(owned.sort());
});

it('what nobody claims has an owner too', () => {
  expect([...owners.keys()][0]).toBe('*');
});
