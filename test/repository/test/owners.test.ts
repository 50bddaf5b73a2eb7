import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readServices } from '@latchkey/service-kit/joining/service-json';
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

it.each(readServices(join(root, 'services')))(
  'CODEOWNERS has the owners of $name for its folder and its database',
  ({ name, database, owners: theirs }) => {
    expect(theirs).not.toEqual([]);
    expect(owners.get(`/services/${name}/`)).toEqual(theirs);
    if (database) expect(owners.get(`/prisma/${database}/`)).toEqual(theirs);
  },
);

it('CODEOWNERS names no folder that was removed', () => {
  const named = [...owners.keys()].filter((pattern) => /^\/(services|prisma)\//.test(pattern));
  expect(named.sort()).toEqual(owned.sort());
});

it('what nobody claims has an owner too', () => {
  expect([...owners.keys()][0]).toBe('*');
});
