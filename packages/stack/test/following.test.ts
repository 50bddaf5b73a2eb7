import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '@latchkey/process/process-table';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const fixtures = join(import.meta.dirname, 'fixtures');
let folder: string;
let child: ReturnType<typeof spawn>;
let output = '';
const path = (...parts: string[]) => join(folder, ...parts);

/** A stack of copied fixtures, whose services may be changed. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-following-'));
  await chmod(folder, 0o711);
  await cp(fixtures, path('system'), { recursive: true });
  // Node runs TypeScript outside of node_modules alone, and as modules where a package says so.
  await writeFile(path('package.json'), '{ "type": "module" }');
  const start = join(import.meta.dirname, '../bin/start.js');
  child = spawn(process.execPath, [start, '--watch', 'thing'], {
    env: {
      ...process.env,
      PORT: '0',
      DATA_DIR: path('data'),
      SERVICES_DIR: path('system/services'),
      PRISMA_DIR: path('system/prisma'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  await eventually(() => output.includes('Ctrl+C stops everything'));
});
afterAll(async () => {
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
  await rm(folder, { recursive: true, force: true });
});

const eventually = (what: () => boolean | Promise<boolean>) =>
  vi.waitUntil(what, { timeout: 15_000, interval: 50 });

interface Answer {
  pid: number;
  env: Record<string, string>;
  servicesChanged?: Record<string, string>;
}

const ask = async (url = ''): Promise<Answer> => (await fetch(url)).json() as Promise<Answer>;
const door = async () => ask((await readFile(path('data/origin'), 'utf8')).trim());
const pids = async () =>
  JSON.parse(await readFile(path('data/services.json'), 'utf8')) as { pid: number }[];

describe('a service whose folder appears while the stack runs', () => {
  it('is started, the door and the issuer learn of it, and the others stay', async () => {
    const before = await pids();
    const manifest = { name: 'late', port: 4109, routes: ['/late'], client: { scopes: ['thing'] } };
    await cp(path('system/services/thing/src/main.ts'), path('system/services/late/src/main.ts'));
    await writeFile(path('system/services/late/package.json'), '{ "type": "module" }');
    await writeFile(path('system/services/late/service.json'), JSON.stringify(manifest));
    await eventually(async () => (await door()).servicesChanged?.LATE_URL !== undefined);

    const { pid, servicesChanged = {}, env } = await door();
    expect(env).not.toHaveProperty('LATE_URL');
    expect((await ask(servicesChanged.LATE_URL)).env.CLIENT_KEY).toContain('"d"');
    const issuer = await ask(env.ISSUER_URL);
    expect(JSON.parse(issuer.servicesChanged?.SERVICE_CLIENTS ?? '{}')).toHaveProperty('late');
    expect((await pids()).map((each) => each.pid)).toEqual(
      expect.arrayContaining(before.map((each) => each.pid)),
    );
    expect(before.map((each) => each.pid)).toContain(pid);
  });

  it('is stopped when the folder goes', async () => {
    const { servicesChanged = {} } = await door();
    const { pid } = await ask(servicesChanged.LATE_URL);
    await rm(path('system/services/late'), { recursive: true });
    await eventually(() => !isAlive(pid));
    expect((await door()).servicesChanged).not.toHaveProperty('LATE_URL');
    await eventually(() => output.includes('late was removed'));
  });

  it('is reported in one line while its service.json is wrong', async () => {
    await cp(path('system/services/thing'), path('system/services/again'), { recursive: true });
    await eventually(() => output.includes('two services claim the name thing'));
    await rm(path('system/services/again'), { recursive: true });
  });
});

describe('start --watch', () => {
  it('restarts that one service when a source changes, and no other', async () => {
    const { env, pid } = await door();
    const thing = await ask(env.THING_URL);
    const main = path('system/services/thing/src/main.ts');
    await writeFile(main, `${await readFile(main, 'utf8')}\n`);
    await eventually(async () => {
      const now = await ask(env.THING_URL).catch(() => thing);
      return now.pid !== thing.pid;
    });
    await eventually(() => /thing restarted in [\d.]+ s/.test(output));
    expect((await door()).pid).toBe(pid);
  });

  it('says why a change does not start, and starts at the next', async () => {
    const { env } = await door();
    const main = path('system/services/thing/src/main.ts');
    const good = await readFile(main, 'utf8');
    await writeFile(main, 'this is not TypeScript');
    await eventually(() => output.includes('it starts again at the next change'));
    await writeFile(main, good);
    await eventually(async () => (await ask(env.THING_URL).catch(() => undefined)) !== undefined);
  });

  it('refuses a name that is no service’s, in one line', async () => {
    const start = join(import.meta.dirname, '../bin/start.js');
    const refused = spawn(process.execPath, [start, '--watch', 'nothing'], { stdio: 'pipe' });
    let said = '';
    refused.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const [code] = await once(refused, 'exit');
    expect(code).toBe(1);
    expect(said.trim()).toBe(
      'Latchkey did not start. --watch nothing: there is no services/nothing.',
    );
  });
});
