import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { isAlive } from '@latchkey/process/process-table';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Stack, type StackOptions, startStack } from '../src/stack.ts';

const fixtures = join(import.meta.dirname, 'fixtures');
let dataDir: string;
let running: Stack[] = [];

beforeEach(async () => {
  dataDir = await openFolder();
});
afterEach(async () => {
  await Promise.all(running.map((stack) => stack.stop()));
  running = [];
  await rm(dataDir, { recursive: true, force: true });
});

const openFolder = () => makeOpenFolder('latchkey-stack-');

async function start(options: Partial<StackOptions> = {}): Promise<Stack> {
  const stack = await startStack({
    port: 0,
    dataDir,
    servicesDir: join(fixtures, 'services'),
    prismaDir: join(fixtures, 'prisma'),
    ...options,
  });
  running.push(stack);
  return stack;
}

async function eventually(what: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(what, { timeout: 45_000, interval: 50 }).toBe(true);
}

const ask = async (url: string) =>
  (await fetch(url)).json() as Promise<{
    pid: number;
    env: Record<string, string>;
  }>;

const psql = async (url: string, sql: string) => {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

describe('startStack', () => {
  it('starts every service, tells each what it must know and no more, and stops them all', async () => {
    const progress: string[] = [];
    const stack = await start({ onProgress: (line) => progress.push(line) });
    const pids = stack.services.map(({ pid }) => pid as number);
    expect(stack.services.map(({ name }) => name)).toEqual(['door', 'issuer', 'thing']);
    const [database, issuing, ...rest] = progress.map((line) => line.trim().split(/\s+/)[2]);
    expect([database, issuing, ...rest.toSorted()]).toEqual([
      'PostgreSQL,',
      'issuer',
      'door',
      'thing',
    ]);
    expect(stack.demoLines).toEqual([
      'ada / secret',
      expect.stringMatching(/^a thing, by process \d+$/),
    ]);

    const { env: issuer } = await ask(urlOf(stack, 'issuer'));
    const { env: thing } = await ask(urlOf(stack, 'thing'));
    expect(thing).toMatchObject({
      NODE_ENV: 'development',
      HOST: '127.0.0.1',
      ISSUER: stack.origin,
      JWKS_URI: `${urlOf(stack, 'issuer')}/.well-known/jwks.json`,
      ISSUER_URL: urlOf(stack, 'issuer'),
      DATABASE_URL: stack.databaseUrls.thing,
    });
    expect(thing.KEY_ENCRYPTION_KEY).toBeUndefined();
    expect(issuer.DATABASE_URL).toBeUndefined();
    expect(issuer.KEY_ENCRYPTION_KEY).toMatch(/^[0-9a-f]{64}$/);
    expect((await stat(join(dataDir, 'secrets.json'))).mode & 0o777).toBe(0o600);

    await stack.stop();
    expect(pids.filter(isAlive)).toEqual([]);
    await expect(ask(stack.origin)).rejects.toThrow();
  });

  it('keeps the data, the secrets and what demo scripts said for the next start', async () => {
    const first = await start();
    await psql(first.databaseUrls.thing as string, 'INSERT INTO thing DEFAULT VALUES');
    const secrets = await readFile(join(dataDir, 'secrets.json'), 'utf8');
    await first.stop();

    const second = await start();
    expect(await psql(second.databaseUrls.thing as string, 'SELECT id FROM thing')).toHaveLength(1);
    expect(await readFile(join(dataDir, 'secrets.json'), 'utf8')).toBe(secrets);
    expect(second.demoLines).toEqual(first.demoLines);
  });

  it('gives a service a role that reaches no other database', async () => {
    const stack = await start();
    const other = new URL(stack.databaseUrls.thing as string);
    other.pathname = '/postgres';
    await expect(psql(other.href, 'SELECT 1')).rejects.toThrow(/permission denied for database/);
  });

  it('makes a shared secret when HS256 is chosen without one, the same for all', async () => {
    const stack = await start({ env: { JWT_ALG: 'HS256' } });
    const secrets = await Promise.all(
      stack.services.map(async ({ url }) => (await ask(url)).env.JWT_SECRET),
    );
    expect(new Set(secrets).size).toBe(1);
    expect(secrets[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('restarts a service that ends unexpectedly', async () => {
    const trouble: string[] = [];
    const stack = await start({ onProgress: (line) => trouble.push(line) });
    const url = urlOf(stack, 'thing');
    const { pid } = await ask(url);
    await fetch(`${url}/crash`).catch(() => undefined);
    await eventually(async () => (await ask(url).catch(() => ({ pid }))).pid !== pid);
    expect(trouble.at(-1)).toContain('thing ended unexpectedly and is restarted');
  });

  it('restarts a database that ends unexpectedly, at the same address', async () => {
    const said: string[] = [];
    const stack = await start({ onProgress: (line) => said.push(line) });
    const url = stack.databaseUrls.thing as string;
    await psql(url, 'INSERT INTO thing DEFAULT VALUES');
    process.kill(await postmasterPid(), 'SIGKILL');
    const count = () => psql(url, 'SELECT id FROM thing').then(({ length }) => length);
    await eventually(async () => (await count().catch(() => 0)) === 1);
    expect(said.at(-1)).toBe(
      `PostgreSQL ended unexpectedly and is restarted. See ${join(dataDir, 'logs', 'postgres.log')}`,
    );
  });

  it('runs two side by side, each on its own directory', async () => {
    const otherDir = await openFolder();
    const [one, two] = [await start(), await start({ dataDir: otherDir })];
    expect(one.origin).not.toBe(two.origin);
    expect((await fetch(two.origin)).ok).toBe(true);
    await two.stop();
    await rm(otherDir, { recursive: true });
  });
});

describe('a start that cannot be', () => {
  it('names PORT when the port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await expect(start({ port })).rejects.toThrow(`Port ${port} is in use`);
    server.close();
  });

  it('names DATA_DIR and the process when another stack holds the directory', async () => {
    await start();
    await expect(start()).rejects.toThrow(`Another Latchkey (process ${process.pid})`);
  });

  it.each(['/dev/null/nowhere', '/proc/nowhere'])(
    'names DATA_DIR when the directory cannot be made: %s',
    async (path) => {
      await expect(start({ dataDir: path })).rejects.toThrow('set DATA_DIR');
    },
  );

  it.each([
    ['the door', 'door', 'door ended: FIXTURE_REFUSES: unset it'],
    ['every service behind the door', 'issuer,thing', 'issuer ended: FIXTURE_REFUSES: unset it'],
  ])(
    'repeats what %s says that refuses its settings, and leaves nothing running',
    async (_, names, said) => {
      await expect(start({ env: { FIXTURE_REFUSES: names } })).rejects.toThrow(said);
      const again = await start();
      expect((await fetch(again.origin)).ok).toBe(true);
    },
  );

  it('stops also when it is told so as the last service comes up', async () => {
    const aborter = new AbortController();
    const pids: number[] = [];
    const failed = start({
      signal: aborter.signal,
      onProgress: (line) => {
        if (!line.endsWith('door')) return;
        pids.push(...trackedPids(readFileSync(join(dataDir, 'services.json'), 'utf8')));
        aborter.abort(new Error('told to stop'));
      },
    });
    await expect(failed).rejects.toThrow('told to stop');
    expect(pids).toHaveLength(3);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('says in one line that a Node is too old', async () => {
    const script = join(import.meta.dirname, '../bin/start.js');
    const old = `Object.defineProperty(process, 'versions', { value: { node: '20.1.0' } });`;
    const failed = promisify(execFile)(process.execPath, [
      '--import',
      `data:text/javascript,${old}`,
      script,
    ]);
    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^Latchkey runs on Node 24\.12 or later, and this is 20\.1\.0.*\n$/,
      ),
    });
  });
});

describe('the start command', () => {
  const command = () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../bin/start.js')], {
      env: startEnv(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    return { child, output: () => output };
  };
  const startEnv = () => ({
    ...process.env,
    PORT: '0',
    DATA_DIR: dataDir,
    SERVICES_DIR: join(fixtures, 'services'),
    PRISMA_DIR: join(fixtures, 'prisma'),
  });
  const pidsOf = async () => {
    const text = await readFile(join(dataDir, 'services.json'), 'utf8');
    return [...trackedPids(text), await postmasterPid()];
  };

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s stops everything in order',
    async (signal) => {
      const { child, output } = command();
      await eventually(() => output().includes('Ctrl+C stops everything'));
      const pids = await pidsOf();
      expect(pids).toHaveLength(4);
      child.kill(signal);
      expect((await once(child, 'exit'))[0]).toBe(0);
      expect(output()).toContain('Stopped. Your data is kept.');
      expect(pids.filter(isAlive)).toEqual([]);
    },
  );

  it('stops, saying why, when the database does not stay up', async () => {
    const { child, output } = command();
    await eventually(() => output().includes('Ctrl+C stops everything'));
    const [ended] = [once(child, 'exit')];
    while (child.exitCode === null) {
      const pid = await postmasterPid().catch(() => undefined);
      if (pid && isAlive(pid) && !output().includes('Stopping')) process.kill(pid, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect((await ended)[0]).toBe(1);
    expect(output()).toContain('PostgreSQL ended unexpectedly and is restarted.');
    expect(output()).toContain('Stopped. Your data is kept.');
  }, 60_000);

  it('killed, it leaves nothing running, and the next start recovers', async () => {
    const first = command();
    await eventually(() => first.output().includes('Ctrl+C stops everything'));
    const pids = await pidsOf();
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    const second = command();
    await eventually(() => second.output().includes('Ctrl+C stops everything'));
    expect(pids.filter(isAlive)).toEqual([]);
    second.child.kill('SIGTERM');
    await once(second.child, 'exit');
  });
});

const postmasterPid = async () =>
  Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);

const trackedPids = (text: string) => (JSON.parse(text) as { pid: number }[]).map(({ pid }) => pid);

function urlOf(stack: Stack, name: string): string {
  return stack.services.find((service) => service.name === name)?.url ?? '';
}
