import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const published = globSync('packages/*/package.json', { cwd: root })
  .map((file) => JSON.parse(read(file)) as { name: string; version: string; private?: boolean })
  .filter((manifest) => !manifest.private);
const changesets = globSync('.changeset/*.md', { cwd: root });

it.each(changesets)('%s can be read at a release', (file) => {
  const [, head = '', text = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(read(file)) ?? [];
  const bumps = Object.entries((parse(head) ?? {}) as Record<string, string>);
  expect(bumps).not.toEqual([]);
  for (const [name, bump] of bumps) {
    expect(published.map((manifest) => manifest.name)).toContain(name);
    expect(['patch', 'minor', 'major']).toContain(bump);
  }
  expect(text.trim()).not.toBe('');
});

it.each(published)('the changelog of $name begins with its version', ({ name, version }) => {
  const changelog = read(`packages/${name.replace('@latchkey/', '')}/CHANGELOG.md`);
  expect(/^## (\S+)$/m.exec(changelog)?.[1]).toBe(version);
});
