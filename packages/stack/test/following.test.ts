import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { isAlive } from '@latchkey/process/process-table';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const fixtures = join(import.meta.dirname, 'fixtures');
let folder: string;
let child: ReturnType<typeof spawn>;
let output = '';
const path = (...parts: string[]) => join(folder, ...parts);

/** A stack of copied fixtures, whose services may be changed. */
beforeAll(async () => {
  folder = await makeOpenFolder('latchkey-following-');
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
  changes: number;
}

const ask = async (url = ''): Promise<Answer> => (await fetch(url)).json() as Promise<Answer>;
const door = async () => ask((await readFile(path('data/origin'), 'utf8')).trim());
const thingUrl = async () => {
  const { servicesChanged, env } = await door();
  return (servicesChanged ?? env).THING_URL;
};
const askThing = async () => ask(await thingUrl());
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

describe('a service.json that changes while the stack runs', () => {
  const thing = { name: 'thing', port: 4102, routes: ['/thing'], database: 'thing' };
  const write = (name: string, members: object) =>
    writeFile(path(`system/services/${name}/service.json`), JSON.stringify({ name, ...members }));
  /** How often the door was told that services changed. */
  const changes = async () => (await door()).changes;

  it('is told to the door, and the service goes on, where only others read what changed', async () => {
    const [before, told] = [await askThing(), await changes()];
    await write('thing', { ...thing, headers: ['X-Thing'], owners: ['@things'] });
    await eventually(async () => (await changes()) > told);
    expect((await askThing()).pid).toBe(before.pid);
  });

  it('restarts that service, and then tells the door, where the service reads it', async () => {
    const [before, { pid }, told] = [await askThing(), await door(), await changes()];
    await write('thing', { ...thing, audience: 'things', scopes: { 'thing:read': 'Read' } });
    await eventually(async () => (await changes()) > told);
    const now = await askThing();
    expect(now.env.AUDIENCE).toBe('things');
    expect(now.pid).not.toBe(before.pid);
    expect(isAlive(before.pid)).toBe(false);
    expect((await door()).pid).toBe(pid);
    await eventually(() => output.includes('thing restarted'));
  });

  it('restarts those too that are started with what changed, an address', async () => {
    await cp(path('system/services/thing/src/main.ts'), path('system/services/asker/src/main.ts'));
    await writeFile(path('system/services/asker/package.json'), '{ "type": "module" }');
    await write('asker', { port: 4110, client: { scopes: ['thing:read'] } });
    await eventually(async () => (await door()).servicesChanged?.ASKER_URL !== undefined);
    const asker = async () => ask((await door()).servicesChanged?.ASKER_URL);
    const before = await asker();
    expect(before.env.THING_URL).toBe(await thingUrl());

    await write('thing', { ...thing, port: 4111, scopes: { 'thing:read': 'Read' } });
    await eventually(async () => (await thingUrl()) !== before.env.THING_URL);
    await eventually(async () => {
      const now = await asker().catch(() => before);
      return now.pid !== before.pid && now.env.THING_URL === (await thingUrl());
    });
  });

  it('is one line, and changes nothing, while it is wrong', async () => {
    const [before, told] = [await pids(), await changes()];
    await write('thing', { ...thing, routes: ['thing'] });
    await eventually(() => output.includes('thing/service.json: routes.0: must be a path like'));
    await write('thing', { ...thing, port: 4111, scopes: { 'thing:read': 'Read' } });
    // The next look but one is over when this is noticed.
    await write('asker', { port: 4110, client: { scopes: ['thing:read'] }, headers: ['X-A'] });
    await eventually(async () => (await changes()) > told);
    expect(await pids()).toEqual(before);
    expect(output.match(/must be a path like/g)).toHaveLength(1);
  });
});

describe('start --watch', () => {
  it('restarts that one service when a source changes, and no other', async () => {
    const { pid } = await door();
    const thing = await askThing();
    const main = path('system/services/thing/src/main.ts');
    await writeFile(main, `${await readFile(main, 'utf8')}\n`);
    await eventually(async () => {
      const now = await askThing().catch(() => thing);
      return now.pid !== thing.pid;
    });
    await eventually(() => /thing restarted in [\d.]+ s/.test(output));
    expect((await door()).pid).toBe(pid);
  });

  it('says why a change does not start, and starts at the next', async () => {
    const main = path('system/services/thing/src/main.ts');
    const good = await readFile(main, 'utf8');
    await writeFile(main, 'this is not TypeScript');
    await eventually(() => output.includes('it starts again at the next change'));
    await writeFile(main, good);
    await eventually(async () => (await askThing().catch(() => undefined)) !== undefined);
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
