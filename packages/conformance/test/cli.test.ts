import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { afterAll, describe, expect, test } from 'vitest';
import { ALL_CHECKS } from '../src/checks/all-checks.ts';

const reference = join(import.meta.dirname, 'reference');
const cli = join(import.meta.dirname, '../src/cli.ts');
const serviceFile = join(reference, 'service.json');
const command = [process.execPath, join(reference, 'main.ts')];
const port = await getPort({ host: '127.0.0.1' });
const url = `http://127.0.0.1:${port}`;
const folder = mkdtempSync(join(tmpdir(), 'conformance-cli-'));
const samples = join(folder, 'samples.json');
writeFileSync(samples, JSON.stringify({ 'POST /notes': { title: 'x'.repeat(300) } }));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (args: string[], env: Record<string, string> = {}): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
const checked = (options: string[], mutant = '') =>
  run([url, '--service', serviceFile, ...options, '--', ...command], { MUTANT: mutant });

describe('the exit status is', () => {
  test('0 when the service conforms, and the report says what was looked at', () => {
    const { status, stdout } = checked(['--only', 'token.good', '--only', 'challenge']);
    expect(stdout).toContain('✓ token.good');
    expect(stdout).toMatch(/The service conforms: 5 passed, 0 failed, 0 to improve, 0 skipped\n$/);
    expect(status).toBe(0);
  });

  test('1 when it does not, with what was expected, what came, and the command to repeat it', () => {
    const { status, stdout } = checked(['--only', 'lifecycle.healthz'], 'has no /healthz');
    expect(stdout).toContain('✗ lifecycle.healthz');
    expect(stdout).toMatch(/expected {2}200 without a token\n {6}actual {4}404 broken\n/);
    expect(stdout).toContain(`repeat    curl -si -X GET '${url}/healthz'`);
    expect(status).toBe(1);
  });

  test.each<[string, string[], RegExp]>([
    ['no URL', ['--service', serviceFile], /give one URL/],
    ['no service.json', [url], /give --service/],
    ['a file that is not there', [url, '--service', 'nowhere.json'], /cannot read nowhere\.json/],
    ['an unknown option', ['--fast'], /--fast/],
    ['an unknown check', [url, '--service', serviceFile, '--only', 'nothing'], /no check nothing/],
    ['an unknown profile', [url, '--profile', 'odd'], /must be standard or minimal or mcp/],
    ['a port that is none', [url, '--service', serviceFile, '--issuer-port', 'x'], /--issuer-port/],
    [
      'no service',
      [url, '--service', serviceFile, '--start-timeout', '0'],
      /no service is ready at .*ECONNREFUSED/,
    ],
    [
      'a command that ends',
      [url, '--service', serviceFile, '--', process.execPath, '-e', 'console.log("no database")'],
      /ended at its start\nno database/,
    ],
  ])('2 for %s, in one line', (_what, args, message) => {
    const { status, stdout, stderr } = run(args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
    expect([status, stdout.includes('✓')]).toEqual([2, false]);
  });
});

describe('the format', () => {
  test('json is the report', () => {
    const { stdout } = checked(['--only', 'credentials.none', '--format', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      service: 'notes-service',
      profile: 'standard',
      passed: true,
      results: [{ id: 'credentials.none', outcome: 'passed', severity: 'must', failures: [] }],
    });
  });

  test('junit counts failures and skips, and escapes what it quotes', () => {
    const only = ['--only', 'lifecycle.healthz', '--only', 'rows.owner-keeps'];
    const options = [...only, '--samples', samples, '--format', 'junit'];
    const { stdout } = checked(options, 'has no /healthz');
    expect(stdout).toContain('tests="2" failures="1" skipped="1"');
    expect(stdout).toMatch(/<skipped message="POST \/notes made no row [^"]*&quot;[^"]*"\/>/);
    expect(stdout).toMatch(/<failure message="GET \/healthz: expected 200 [^"]*">/);
  });
});

test('--list names every check', () => {
  const { stdout } = run(['--list']);
  for (const { id } of ALL_CHECKS) expect(stdout).toContain(id);
});

test('samples take the place of values from the document', () => {
  const { stdout } = checked(['--only', 'rows.owner-keeps', '--samples', samples]);
  expect(stdout).toMatch(/skipped: POST \/notes made no row with an id \(400/);
});

test('without a command it says what to set, and skips what needs a restart', async () => {
  const issuerPort = String(await getPort({ host: '127.0.0.1' }));
  const issuer = `http://127.0.0.1:${issuerPort}`;
  const env = { PORT: String(port), ISSUER: issuer, JWKS_URI: `${issuer}/.well-known/jwks.json` };
  const service = spawn(process.execPath, command.slice(1), { env: { ...process.env, ...env } });
  const only = ['--only', 'token.good', '--only', 'lifecycle.sigterm'];
  const { status, stdout } = run([
    url,
    '--service',
    serviceFile,
    '--issuer-port',
    issuerPort,
    ...only,
  ]);
  service.kill();
  await once(service, 'exit');
  expect(stdout).toContain(`  ISSUER=${issuer}\n`);
  expect(stdout).toContain('✓ token.good');
  expect(stdout).toMatch(/– lifecycle\.sigterm .*skipped: needs the command/);
  expect(status).toBe(0);
});
