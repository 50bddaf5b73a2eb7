import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cloneRepository } from '@latchkey/new-service-test/clone';
import { requester } from '@latchkey/service-kit/testing/harness';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { command, composeProject, docker, hasDocker, untilHealthy } from '../src/compose.ts';
import { findTwoFreePorts } from '../src/free-ports.ts';
import { askSteadily } from '../src/steady.ts';

const PYTHON_BASE = 'debian:bookworm-slim';
const OTHERS = ['auth-service', 'gateway', 'support-service', 'todo-service', 'postgres'];
const BUILT = OTHERS.filter((name) => name !== 'postgres');

const port = await findTwoFreePorts();
const origin = `http://localhost:${port}`;
const name = `latchkey-joining-${port}`;
const tag = `joining-${port}`;
const env = { PORT: String(port), TAG: tag, COMPOSE_PROJECT_NAME: name };
const there = await hasDocker();
const isPythonBuilt =
  there && (await command('docker', ['image', 'inspect', PYTHON_BASE])).code === 0;
if (!isPythonBuilt) process.stdout.write(`compose: no Python service without ${PYTHON_BASE}\n`);

const page = await readFile(join(import.meta.dirname, '../../../docs/add-a-service.md'), 'utf8');
const blocksOf = (heading: string) => {
  const [section = ''] = page.split(`\n## ${heading}\n`)[1]?.split('\n## ') ?? [];
  return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, script = '']) => script);
};
const [writeIt = ''] = blocksOf('2. Write the service');
const [joinIt = '', removeIt = ''] = blocksOf('In containers');

// Images are built meanwhile, on machines that may be slow.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

describe.skipIf(!there)('in containers that run', () => {
  const request = requester(origin);
  let clone: Awaited<ReturnType<typeof cloneRepository>>;
  let project: Awaited<ReturnType<typeof composeProject>>;
  let composeWords: string;
  let before: string[];

  const shell = (script: string) => {
    const settings = Object.entries(env).map((words) => `export ${words.join('=')}`);
    const lines = script.replaceAll('docker compose', composeWords);
    return clone.shell(`${settings.join('\n')}\n${lines}`);
  };
  const signIn = async () => {
    const form = { username: 'wangerge', password: 'test1234' };
    return String((await request('POST /token', { form })).body.access_token);
  };
  const statusOf = async (path: string, token?: string) =>
    (await request(`GET ${path}`, token ? { token } : {})).status;
  /** Seconds until a person who signs in gets 200. */
  const firstAnswer = async (path: string, startedAt: number) => {
    await vi.waitUntil(async () => (await statusOf(path, await signIn())) === 200, {
      timeout: 120_000,
      interval: 200,
    });
    return ((performance.now() - startedAt) / 1000).toFixed(0);
  };
  const runTwo = async (service: string) => {
    await project.mustCompose('up', '-d', '--scale', `${service}=2`, '--no-recreate', service);
    const both = await project.instances(service);
    expect(both).toHaveLength(2);
    await untilHealthy(both);
    return both;
  };
  const untilGone = (path: string) =>
    expect.poll(() => statusOf(path), { timeout: 15_000 }).toBe(404);

  beforeAll(async () => {
    clone = await cloneRepository();
    project = await composeProject(name, [join(clone.folder, 'docker-compose.yml')], env);
    composeWords = project.words;
    await project.mustCompose('build', ...BUILT);
    // A machine that has just built images may answer a health check too late.
    await vi.waitFor(() => project.mustCompose('up', '-d'), { timeout: 300_000, interval: 5_000 });
    await clone.shell('npx -y pnpm@12 derive');
    await untilHealthy((await Promise.all(OTHERS.map(project.instances))).flat());
    await vi.waitUntil(async () => (await signIn()) !== 'undefined', 60_000);
    before = await project.identities(OTHERS);
    expect(before).toHaveLength(OTHERS.length);
  });
  afterAll(async () => {
    if (!project) return;
    await vi.waitFor(
      () => project.mustCompose('down', '--volumes', '--remove-orphans', '--timeout', '5'),
      { timeout: 60_000, interval: 2_000 },
    );
    expect(await project.leftovers()).toEqual([]);
    const images = await docker('images', '--format', '{{.Repository}}:{{.Tag}}');
    const ours = images.split('\n').filter((image) => image.endsWith(`:${tag}`));
    await docker('rmi', ...ours);
    await clone.remove();
  });

  it('a new service joins, scaled to two, and leaves, while the others go on', async () => {
    const token = await signIn();
    const stopAsking = askSteadily(origin, [
      ['/todo', token],
      ['/tickets', token],
      ['/.well-known/jwks.json'],
    ]);
    const startedAt = performance.now();
    await shell(writeIt);
    await shell(joinIt);
    const seconds = await firstAnswer('/billing', startedAt);
    process.stdout.write(`containers: from new-service to the first 200 in ${seconds} s\n`);

    const both = await runTwo('billing-service');
    const newToken = await signIn();
    const since = new Date().toISOString();
    await vi.waitFor(
      async () => {
        expect(await statusOf('/billing', newToken)).toBe(200);
        for (const instance of both) {
          const { stdout } = await command('docker', ['logs', '--since', since, instance]);
          expect(stdout).toContain('"route":"/billing","status":200');
        }
      },
      { timeout: 20_000, interval: 100 },
    );
    // Its key was made, and auth-service knows it.
    const called = await request('GET /billing/calls/todo-service', { token: newToken });
    expect([called.status, called.body]).toEqual([200, { count: expect.any(Number) }]);
    expect(await project.identities(OTHERS)).toEqual(before);

    await shell(removeIt);
    await untilGone('/billing');
    const metadata = await request('GET /.well-known/oauth-authorization-server');
    expect(metadata.text).toContain('todo:read');
    expect(metadata.text).not.toContain('billing');
    expect(await stopAsking()).toEqual([
      'GET /.well-known/jwks.json 200',
      'GET /tickets 200',
      'GET /todo 200',
    ]);
    expect(await project.identities(OTHERS)).toEqual(before);

    await clone.git('add', '--all');
    expect(await clone.status()).toEqual([]);
    const traces = await Promise.all([
      docker('ps', '--all', '--quiet', '--filter', `name=${name}_billing`),
      docker('volume', 'ls', '--quiet', '--filter', `name=${name}_billing`),
      docker('images', '--quiet', `latchkey/billing-service:${tag}`),
      project.mustCompose(
        ...['exec', '-T', 'postgres', 'psql', '-U', 'postgres', '-tAc'],
        "SELECT datname FROM pg_database WHERE datname = 'billing' UNION SELECT rolname FROM pg_roles WHERE rolname = 'billing'",
      ),
    ]);
    expect(traces.map((text) => text.trim())).toEqual(['', '', '', '']);
  });

  it('a wrong service.json is one line, and the set before stays in use', async () => {
    const folder = join(clone.folder, 'services/wrong');
    await mkdir(folder);
    await writeFile(
      join(folder, 'service.json'),
      '{ "name": "wrong", "port": 1, "routes": ["/todo"] }',
    );
    const { code, stdout, stderr } = await project.compose(
      'run',
      '--rm',
      '--no-deps',
      'service-files',
    );
    await rm(folder, { recursive: true });
    expect(code).toBe(1);
    const lines = (stdout + stderr).split('\n').filter((line) => line.includes('service files:'));
    expect(lines).toEqual([expect.stringContaining('the route /todo is at or below /todo of')]);
    expect(await statusOf('/todo', await signIn())).toBe(200);
    expect(await project.identities(OTHERS)).toEqual(before);
  });

  it.skipIf(!isPythonBuilt)('a service in Python joins in the same way', async () => {
    const startedAt = performance.now();
    const service = join(clone.folder, 'services/python-service');
    await cp(join(clone.folder, 'examples/python-service'), service, { recursive: true });
    await shell('npx -y pnpm@12 derive');
    await shell(joinIt.replaceAll('billing-service', 'python-service'));
    const seconds = await firstAnswer('/notes', startedAt);
    process.stdout.write(`containers: the Python service answered 200 after ${seconds} s\n`);
    const both = await runTwo('python-service');
    const token = await signIn();
    await vi.waitFor(
      async () => {
        expect(await statusOf('/notes', token)).toBe(200);
        for (const instance of both) {
          const { stdout, stderr } = await command('docker', ['logs', instance]);
          expect(stdout + stderr).toContain('GET /notes HTTP/1.1" 200');
        }
      },
      { timeout: 20_000, interval: 100 },
    );
    await rm(service, { recursive: true });
    await shell('npx -y pnpm@12 derive\ndocker compose up --detach --remove-orphans service-files');
    await untilGone('/notes');
    expect(await project.instances('python-service')).toEqual([]);
    expect(await project.identities(OTHERS)).toEqual(before);
  });
});
