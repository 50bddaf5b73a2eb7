import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const PACKAGE = join(import.meta.dirname, '..');
let folder: string;
let unpacked: string;
let tarball: string;

// Built and packed as for the registry; its dependencies are those that are installed here.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'conformance-packed-'));
  execFileSync('pnpm', ['pack', '--pack-destination', folder], {
    cwd: PACKAGE,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '');
  execFileSync('tar', ['-xzf', tarball, '-C', folder]);
  unpacked = join(folder, 'package');
  symlinkSync(join(PACKAGE, 'node_modules'), join(unpacked, 'node_modules'));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('holds what is built and the documents, and depends on nothing of the workspace', () => {
  const names = readdirSync(unpacked).filter((name) => name !== 'node_modules');
  const expected = ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'docs', 'package.json'];
  expect(names.sort()).toEqual(expected);
  const { dependencies } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'));
  expect(Object.keys(dependencies)).toEqual(['zod']);
});

test('publint finds nothing', () => {
  const publint = join(PACKAGE, 'node_modules/.bin/publint');
  const { stdout } = spawnSync(publint, ['--strict', tarball], { encoding: 'utf8' });
  expect(stdout).toContain('All good!');
});

test('its command and its entry point run', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, args, { cwd: unpacked, encoding: 'utf8' });
  const help = run('dist/cli.js', '--help');
  expect([help.status, help.stderr]).toEqual([0, '']);
  expect(help.stdout).toContain('npx @latchkey/conformance URL --service service.json');
  const code = "console.log(typeof (await import('@latchkey/conformance')).runConformance)";
  expect(run('--input-type=module', '-e', code).stdout.trim()).toBe('function');
});
