import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requester } from '@latchkey/service-kit/testing/harness';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { command, composeProject, docker, hasDocker, untilHealthy } from '../src/compose.ts';
import { findTwoFreePorts } from '../src/free-ports.ts';
import { Load, type LoadReport } from '../src/load.ts';

const SCALE = { 'auth-service': 2, 'todo-service': 3, 'support-service': 2, gateway: 2 } as const;
const SERVICES = Object.keys(SCALE) as (keyof typeof SCALE)[];
const MAX_ADDED_BYTES = 120 * 1024 ** 2;

const port = await findTwoFreePorts();
const origins = [`http://localhost:${port}`, `http://localhost:${port + 1}`];
const origin = origins[0] as string;
const name = `latchkey-test-${port}`;
const tag = `test-${port}`;
const env = { PORT: `${port}-${port + 1}`, TEST_ORIGIN: origin, TAG: tag };
const there = await hasDocker();
if (!there) process.stdout.write('compose: skipped, for there is no Docker engine here\n');

afterAll(async () => {
  if (there)
    await command('docker', ['rmi', ...SERVICES.map((service) => `latchkey/${service}:${tag}`)]);
});

describe.skipIf(!there)('the stack in containers', () => {
  let project: Awaited<ReturnType<typeof composeProject>>;
  const request = requester(origin);
  let token: string;

  const signIn = async () => {
    const form = { username: 'wangerge', password: 'test1234' };
    const answer = await request('POST /token', { form });
    return String(answer.body.access_token);
  };
  const load = () => new Load(origins, token, { username: 'agent', password: 'test1234' });
  const answers = (path: string) => () =>
    request(`GET ${path}`, { token }).then(
      ({ status }) => status,
      () => 0,
    );

  beforeAll(async () => {
    const files = ['docker-compose.yml', join(import.meta.dirname, '../src/two-doors.yml')];
    project = await composeProject(name, files, env);
    // The one-shot containers run the same images.
    await project.mustCompose('build', ...SERVICES);
    await project.mustCompose('up', '-d');
    await vi.waitUntil(async () => (await answers('/readyz')()) === 200, 60_000);
    // The gateway waits for auth-service alone.
    await untilHealthy((await Promise.all(SERVICES.map(project.instances))).flat());
    token = await signIn();
  });

  afterAll(async () => {
    if (!project) return;
    // A container that the engine is still busy with stops `down` half-way; the next one goes on.
    await vi.waitFor(() => project.mustCompose('down', '--volumes', '--timeout', '5'), {
      timeout: 60_000,
      interval: 2_000,
    });
    expect(await project.leftovers()).toEqual([]);
  });

  it('adds less than 120 MB to the base image for each service', async () => {
    const sizeOf = async (image: string) =>
      Number(await docker('image', 'inspect', '--format', '{{.Size}}', image));
    const base = await sizeOf('node:24-bookworm-slim');
    for (const service of SERVICES) {
      const image = `latchkey/${service}:${tag}`;
      const added = (await sizeOf(image)) - base;
      process.stdout.write(`image ${service}: ${(added / 1e6).toFixed(0)} MB on its base\n`);
      expect(added).toBeLessThan(MAX_ADDED_BYTES);
      expect(await docker('history', '--no-trunc', image)).not.toMatch(/postgresql:\/\/|BEGIN/);
    }
  });

  it('runs as nobody special, on a file system that cannot be written', async () => {
    for (const service of SERVICES) {
      const [container = ''] = await project.instances(service);
      const { stdout } = await command('docker', ['exec', container, 'id', '-u']);
      expect(stdout.trim()).toBe('1000');
      const write = await command('docker', ['exec', container, 'touch', '/app/x']);
      expect(write.stderr).toContain('Read-only file system');
    }
  });

  it('shows a service its own secrets, and a role its own database', async () => {
    const [container = ''] = await project.instances('todo-service');
    const seen = await docker('exec', container, 'find', '/run/secrets', '-type', 'f');
    expect(seen.split('\n')).toEqual(['/run/secrets/todo-service/database-url']);
    const script = `
      import { readFileSync } from 'node:fs';
      import pg from '/app/packages/database/node_modules/pg/lib/index.js';
      const url = new URL(readFileSync('/run/secrets/todo-service/database-url', 'utf8').trim());
      for (const name of ['todo', 'auth', 'support', 'postgres']) {
        url.pathname = name;
        const client = new pg.Client({ connectionString: url.href });
        await client.connect().then(() => console.log(name + ': connected'), ({ code }) => console.log(name + ': ' + code));
        await client.end();
      }`;
    const reached = await docker('exec', container, 'node', '--input-type=module', '-e', script);
    expect(reached.split('\n')).toEqual([
      'todo: connected',
      'auth: 42501',
      'support: 42501',
      'postgres: 42501',
    ]);
  });

  it('publishes nothing but the gateway', async () => {
    const filter = ['--filter', `label=com.docker.compose.project=${name}`];
    const format = '{{.Label "com.docker.compose.service"}} {{.Ports}}';
    const lines = (await docker('ps', '--format', format, ...filter)).split('\n');
    const published = lines.filter((line) => line.includes('->'));
    expect(published.length).toBeGreaterThan(0);
    for (const line of published) expect(line).toMatch(/^gateway /);
  });

  it('migrates safely, several at once', async () => {
    const runs = await Promise.all(
      [1, 2, 3, 4].map(() =>
        project.compose('run', '--rm', '--no-deps', 'todo-service-migrations'),
      ),
    );
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  });

  it('keeps its secrets over a second start', async () => {
    const read = async () => {
      const [container = ''] = await project.instances('auth-service');
      return docker('exec', container, 'sh', '-c', 'cat /run/secrets/auth-service/*');
    };
    const before = await read();
    await project.mustCompose('up', '-d');
    expect(await read()).toBe(before);
  });

  it('is administered from within a container, the first administrator included', async () => {
    const [container = ''] = await project.instances('auth-service');
    const password = 'a-lamp-in-the-hallway';
    const auth = (...args: string[]) =>
      docker(
        'exec',
        container,
        'sh',
        '-c',
        `echo ${password} | node src/cli/main.ts ${args.join(' ')}`,
      );
    await auth('users', 'create', 'first-admin', '--role', 'admin', '--password-stdin');
    const form = { username: 'first-admin', password, scope: 'admin' };
    const { body } = await request('POST /token', { form });
    const keys = await request('GET /admin/keys', { token: body.access_token });
    expect(keys.status).toBe(200);
    expect(JSON.parse(await auth('keys', 'list', '--json'))).toEqual(keys.body);
  });

  it('passes the system tests from outside', async () => {
    const system = ['--filter', '@latchkey/system-test', 'exec', 'vitest', 'run', 'one-login'];
    const output = ['--reporter=default', '--reporter=json'];
    const file = `--outputFile.json=${join(import.meta.dirname, '../../../.test-results')}/compose-system.json`;
    const ran = await command('npx', ['-y', 'pnpm@12', ...system, ...output, file], {
      LATCHKEY_ORIGIN: origin,
    });
    expect(ran.stdout + ran.stderr).toMatch(/Tests .*\d+ passed/);
    expect(ran.code).toBe(0);
  });

  it('spreads requests over all instances', async () => {
    const scale = Object.entries(SCALE).flatMap(([service, n]) => ['--scale', `${service}=${n}`]);
    await project.mustCompose('up', '-d', '--no-recreate', ...scale);
    const instances = (
      await Promise.all(SERVICES.map((service) => project.instances(service)))
    ).flat();
    expect(instances).toHaveLength(9);
    await untilHealthy(instances);
    const since = new Date().toISOString();
    const steady = load();
    await expect.poll(() => steady.answered, { timeout: 60_000 }).toBeGreaterThan(800);
    const report = await steady.stop();
    printReport('scaled', report);
    for (const instance of instances) {
      const { stdout } = await command('docker', ['logs', '--since', since, instance]);
      const served = stdout.split('\n').filter((line) => /"msg":"request"/.test(line)).length;
      process.stdout.write(`${instance}: ${served} requests\n`);
      expect(served).toBeGreaterThan(0);
    }
    expect(report).toMatchObject({ failed: 0, missing: 0 });
  });

  it('restarts every instance in turn under load, and no request fails', async () => {
    token = await signIn();
    const steady = load();
    for (const service of SERVICES) {
      for (const instance of await project.instances(service)) {
        await docker('restart', '--time', '20', instance);
        await untilHealthy([instance]);
      }
    }
    const report = await steady.stop();
    printReport('rolling restart', report);
    expect(report).toMatchObject({ failed: 0, failures: {}, missing: 0 });
  });

  it('answers 503 while PostgreSQL restarts, and recovers by itself', async () => {
    token = await signIn();
    const steady = load();
    const [postgres = ''] = await project.instances('postgres');
    await docker('stop', postgres);
    const unavailable = () => Object.keys(steady.failures).some((why) => why.endsWith(' 503'));
    await expect.poll(unavailable, { timeout: 20_000 }).toBe(true);
    await docker('start', postgres);
    await untilHealthy([postgres]);
    await expect.poll(answers('/todo'), { timeout: 60_000 }).toBe(200);
    await expect.poll(answers('/tickets'), { timeout: 60_000 }).toBe(200);
    const before = steady.answered;
    await expect.poll(() => steady.answered, { timeout: 30_000 }).toBeGreaterThan(before + 100);
    const report = await steady.stop();
    printReport('database restart', report);
    for (const why of Object.keys(report.failures)) expect(why).toMatch(/ 503$/);
    expect(report).toMatchObject({ unavailableWithoutRetryAfter: 0, missing: 0 });
  });
});

describe.skipIf(!there)('in production', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-secrets-'));
  const hex = 'f'.repeat(32) + '0123456789abcdef'.repeat(2);
  const files = ['postgres-password', 'auth-database-password', 'todo-database-password'];
  const more = ['support-database-password', 'gateway-database-password'];
  const all = [...files, ...more, 'client-key-seed', 'key-encryption-key'];
  afterAll(() => rmSync(folder, { recursive: true }));

  const start = async (settings: NodeJS.ProcessEnv, given = all) => {
    for (const file of all) rmSync(join(folder, file), { force: true });
    for (const file of given) writeFileSync(join(folder, file), `${hex}\n`);
    const production = ['docker-compose.yml', 'docker-compose.production.yml'];
    const project = await composeProject(`${name}-production`, production, {
      TAG: tag,
      PORT: String(port),
      ...settings,
    });
    const ran = await project.compose('run', '--rm', 'secrets');
    await project.compose('down', '--volumes');
    expect(await project.leftovers()).toEqual([]);
    return ran;
  };
  const linesOf = (text: string) => text.split('\n').filter((line) => /: |set /.test(line));

  it.each([
    ['no ISSUER', { SECRETS_DIR: folder }, all, /set ISSUER to the public https origin/],
    ['no SECRETS_DIR', { ISSUER: 'https://login.example.com' }, all, /set SECRETS_DIR to a folder/],
    [
      'an http origin',
      { ISSUER: 'http://login.example.com', SECRETS_DIR: folder },
      all,
      /^ISSUER: set it to the public https origin/m,
    ],
    [
      'no key-encryption key',
      { ISSUER: 'https://login.example.com', SECRETS_DIR: folder },
      all.slice(0, -1),
      /^SECRETS_DIR: its file key-encryption-key must hold 64 hex digits/m,
    ],
  ])('refuses %s, and says what to set in one line', async (_what, settings, given, line) => {
    const { code, stdout, stderr } = await start(settings, given);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(line);
    expect(linesOf(stdout + stderr).filter((text) => line.test(text))).toHaveLength(1);
  });

  it('takes what it needs', async () => {
    const settings = { ISSUER: 'https://login.example.com', SECRETS_DIR: folder };
    const { code, stdout } = await start(settings);
    expect(stdout).toContain('secrets: as given');
    expect(code).toBe(0);
  });
});

function printReport(what: string, report: LoadReport): void {
  const { sent, failed, acknowledged, missing, failures } = report;
  process.stdout.write(
    `${what}: ${sent} requests sent, ${failed} failed, ${acknowledged} writes acknowledged, ${missing} missing ${JSON.stringify(failures)}\n`,
  );
}
