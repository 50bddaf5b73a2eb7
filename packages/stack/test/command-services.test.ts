import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { isAlive } from '@latchkey/process/process-table';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../src/stack.ts';
import { summary } from '../src/summary.ts';

/** A program that knows nothing of this workspace. */
const PROGRAM = `
  import { createServer } from 'node:http';
  createServer((req, res) => {
    if (req.url === '/crash') process.exit(1);
    res.statusCode = req.url === '/readyz' ? 404 : 200;
    res.end(JSON.stringify({ pid: process.pid, env: process.env, args: process.argv.slice(2) }));
  }).listen(process.env.PORT, process.env.HOST);
`;
const pets = {
  name: 'pets',
  port: 4103,
  routes: ['/pets'],
  audience: 'my-pets',
  command: ['sh', '-c', 'exec "$0" program.mjs "$@"', process.execPath, 'one word'],
  ready: '/up',
  database: 'pets',
  migrate: ['sh', '-c', 'echo "$DATABASE_URL" >> migrated.txt'],
};

let ports = 4200;
/** A service like `pets`, with a name, port, routes and database of its own. */
const another = (name: string, members: object) => {
  ports += 1;
  return {
    ...pets,
    name,
    port: ports,
    routes: [`/${name}`],
    audience: name,
    database: name,
    ...members,
  };
};

let folder: string;
let stack: Stack | undefined;
let said: string[];

beforeEach(async () => {
  folder = await makeOpenFolder('latchkey-commands-');
  await cp(join(import.meta.dirname, 'fixtures'), folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await rm(join(folder, 'services/thing'), { recursive: true });
  await add(pets);
  await writeFile(join(folder, 'services/pets/program.mjs'), PROGRAM);
  said = [];
});
afterEach(async () => {
  await stack?.stop();
  stack = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function add(service: { name: string; [member: string]: unknown }) {
  await mkdir(join(folder, 'services', service.name), { recursive: true });
  const path = join(folder, 'services', service.name, 'service.json');
  await writeFile(path, JSON.stringify(service));
}

const settings = (): Record<'dataDir' | 'servicesDir' | 'prismaDir', string> => ({
  dataDir: join(folder, 'data'),
  servicesDir: join(folder, 'services'),
  prismaDir: join(folder, 'prisma'),
});
async function start(env: NodeJS.ProcessEnv = {}) {
  const onProgress = (line: string) => said.push(line);
  stack = await startStack({ ...settings(), port: 0, env, onProgress });
  return stack;
}
const petsOf = ({ services }: Stack) => services.find(({ name }) => name === 'pets');
const ask = async (url = '', path = '/') =>
  (await (await fetch(url + path)).json()) as {
    pid: number;
    env: Record<string, string>;
    args: string[];
  };

describe('a service with a command', () => {
  it('finds all it needs in its environment, after its migrations, and is stopped with the others', async () => {
    const running = await start();
    const { pid, env, args } = await ask(petsOf(running)?.url);
    expect(args).toEqual(['one word']);
    expect(env).toMatchObject({
      HOST: '127.0.0.1',
      PORT: new URL(petsOf(running)?.url as string).port,
      ISSUER: running.origin,
      AUDIENCE: 'my-pets',
      JWKS_URI: expect.stringMatching(/\/\.well-known\/jwks\.json$/),
      ISSUER_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      DATABASE_URL: running.databaseUrls.pets,
    });
    expect(env.KEY_ENCRYPTION_KEY).toBeUndefined();
    const migrated = await readFile(join(folder, 'services/pets/migrated.txt'), 'utf8');
    expect(migrated).toBe(`${running.databaseUrls.pets}\n`);
    await running.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it('is restarted, whether it or what keeps it ends', async () => {
    const running = await start();
    const url = petsOf(running)?.url;
    const renewed = async (before: number) =>
      expect
        .poll(async () => (await ask(url).catch(() => ({ pid: before }))).pid, { timeout: 20_000 })
        .not.toBe(before);
    const { pid } = await ask(url);
    await ask(url, '/crash').catch(() => undefined);
    await renewed(pid);
    expect(said.at(-1)).toContain('pets ended unexpectedly and is restarted');

    const second = await ask(url);
    process.kill(petsOf(running)?.pid as number, 'SIGKILL');
    await renewed(second.pid);
    expect(isAlive(second.pid)).toBe(false);
  });

  it('does not outlive a stack that was killed', async () => {
    const { dataDir, servicesDir, prismaDir } = settings();
    const child = spawn(process.execPath, [join(import.meta.dirname, '../bin/start.js')], {
      env: {
        ...process.env,
        PORT: '0',
        DATA_DIR: dataDir,
        SERVICES_DIR: servicesDir,
        PRISMA_DIR: prismaDir,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    await expect.poll(() => output, { timeout: 45_000 }).toContain('Ctrl+C stops everything');
    const { pid } = await ask(/pets {2,}(http\S+)/.exec(output)?.[1]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => isAlive(pid), { timeout: 15_000 }).toBe(false);
  });

  it('at fault is named in one line and keeps no other from starting', async () => {
    const { database: _, migrate: __, ...plain } = pets;
    await add({ ...plain, command: ['no-such-program'] });
    await add(another('ends', { command: ['sh', '-c', 'echo no licence; exit 3'] }));
    await add(another('fails', { migrate: ['sh', '-c', 'echo "table exists" >&2; exit 1'] }));
    await add(another('lacks', { migrate: ['no-such-program'] }));
    const running = await start();
    for (const line of [
      /^pets ended: Error: cannot run no-such-program: .*ENOENT/,
      /^ends ended: no licence;/,
      /^fails: migrate failed: table exists;/,
      /^lacks: migrate failed: .*ENOENT/,
    ]) {
      expect(said).toContainEqual(expect.stringMatching(line));
    }
    expect((await fetch(running.origin)).ok).toBe(true);
  });
});

it('a service that runs elsewhere is not started, shown in the summary, and may be moved', async () => {
  await rm(join(folder, 'services/pets'), { recursive: true });
  const url = 'http://127.0.0.1:9';
  await add({ name: 'orders', url });
  await add({ name: 'prices', url });
  const running = await start({ PRICES_URL: 'http://127.0.0.1:10' });
  expect(running.services.map(({ name }) => name)).toEqual(['door', 'issuer']);
  expect((await ask(running.origin)).env).toMatchObject({
    ORDERS_URL: url,
    PRICES_URL: 'http://127.0.0.1:10',
  });
  expect(summary(running, 1)).toMatch(/ orders {2}http:\/\/127\.0\.0\.1:9 {2}runs elsewhere\n/);
});
