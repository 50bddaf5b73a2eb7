import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  cp,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { isAlive } from '@latchkey/process/process-table';
import { StartError } from '@latchkey/process/start-error';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { findBinaries } from '../src/binaries.ts';
import { type PostgresOptions, startPostgres } from '../src/embedded.ts';
import { makeOpenFolder } from '../src/open-folder.ts';
import { withPlainPath } from '../src/plain-path.ts';
import { findServerUser } from '../src/server-user.ts';

let folder = '';
beforeEach(async () => {
  folder = await makeOpenFolder('latchkey-postgres-');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const options = (more: Partial<PostgresOptions> = {}): PostgresOptions => ({
  dataDir: join(folder, 'postgres'),
  password: 'p@ss/word',
  durable: false,
  ...more,
});

const query = async (url: string, sql: string): Promise<unknown[]> => {
  const client = new pg.Client(url);
  // The server may end while the connection is being closed.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

const failure = (start: Promise<unknown>): Promise<StartError> =>
  start.then(
    () => expect.fail('it started'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(StartError);
      expect((error as Error).message).not.toContain('\n');
      return error as StartError;
    },
  );

const serverPid = async (): Promise<number> =>
  Number.parseInt(await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8'), 10);

/** Another process that starts the server and can be killed. */
const startElsewhere = async (): Promise<{ parent: ChildProcess; url: string }> => {
  const module = new URL('../src/embedded.ts', import.meta.url).href;
  const script = `
    const { startPostgres } = await import(${JSON.stringify(module)});
    const { adminUrl } = await startPostgres(${JSON.stringify(options())});
    console.log(adminUrl);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  if (!parent.stdout) throw new Error('no output');
  const [url] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
  return { parent, url };
};

describe('start and stop', () => {
  test('keeps data from one start to the next and leaves nothing running', async () => {
    const first = await startPostgres(options({ durable: true }));
    const pid = await serverPid();
    await query(first.adminUrl, 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)');
    await first.stop();
    expect(isAlive(pid)).toBe(false);

    const second = await startPostgres(options({ durable: true }));
    expect(await query(second.adminUrl, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
    await second.stop();
  });

  test('lets nobody in without the password, and listens on 127.0.0.1 alone', async () => {
    const { adminUrl, stop } = await startPostgres(options());
    const wrong = new URL(adminUrl);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(await query(adminUrl, 'SHOW listen_addresses')).toEqual([
      { listen_addresses: '127.0.0.1' },
    ]);
    expect(await query(adminUrl, 'SHOW unix_socket_directories')).toEqual([
      { unix_socket_directories: '' },
    ]);
    await stop();
  });

  test('tells when the server ends by itself', async () => {
    const { ended } = await startPostgres(options());
    process.kill(await serverPid(), 'SIGINT');
    await ended;
  });
});

describe('a server that ends by itself', () => {
  const keeperPid = async (): Promise<number> => {
    const stat = await readFile(`/proc/${await serverPid()}/stat`, 'utf8');
    return Number(stat.split(') ')[1]?.split(' ')[1]);
  };
  const kill = { 'the server': serverPid, 'the keeper': keeperPid };

  test.each(['the server', 'the keeper'] as const)(
    'after kill -9 of %s it runs again on the same port, with its data',
    async (what) => {
      const restarts: string[] = [];
      const onRestart = (line: string) => restarts.push(line);
      const { adminUrl, stop } = await startPostgres(options({ durable: true, onRestart }));
      await query(adminUrl, 'CREATE TABLE kept (n int)');
      const before = await serverPid();
      process.kill(await kill[what](), 'SIGKILL');
      const again = { timeout: 15_000, interval: 50 };
      await vi.waitFor(() => query(adminUrl, 'SELECT * FROM kept').then(assertRestarted), again);
      expect(restarts).toEqual(['PostgreSQL ended unexpectedly and is restarted.']);
      await stop();
      expect(await readdir(join(folder, 'postgres'))).not.toContain('postmaster.pid');

      async function assertRestarted() {
        expect(await serverPid()).not.toBe(before);
      }
    },
  );

  test('is given up once it ended five times within a minute', async () => {
    const restarts: string[] = [];
    const { ended, adminUrl } = await startPostgres(
      options({ onRestart: (line) => restarts.push(line) }),
    );
    let isEnded = false;
    void ended.then(() => {
      isEnded = true;
    });
    while (!isEnded) {
      const pid = await serverPid().catch(() => 0);
      if (pid > 0 && isAlive(pid)) process.kill(pid, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(restarts.length).toBeGreaterThan(0);
    expect(restarts.length).toBeLessThanOrEqual(6);
    await expect(query(adminUrl, 'SELECT 1')).rejects.toThrow();
  }, 60_000);

  test('is not started again while it is being stopped', async () => {
    const { stop, adminUrl } = await startPostgres(options({ onRestart: () => undefined }));
    process.kill(await serverPid(), 'SIGKILL');
    await stop();
    await expect(query(adminUrl, 'SELECT 1')).rejects.toThrow();
  });
});

describe('recovery', () => {
  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'nothing is left after %s of the parent',
    async (signal) => {
      const { parent } = await startElsewhere();
      const pid = await serverPid();
      parent.kill(signal);
      await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000, interval: 20 });
      expect(await readdir(join(folder, 'postgres'))).not.toContain('postmaster.pid');
    },
  );

  test("a terminal's Ctrl+C, which reaches the whole group, does not reach the server", async () => {
    const { parent, url } = await startElsewhere();
    const pid = await serverPid();
    const client = new pg.Client(url);
    await client.connect();
    client.on('error', () => undefined);
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    expect(rows[0]?.pid).toBeGreaterThan(0);
    const group = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    if (group) expect(group.split(') ')[1]?.split(' ')[2]).not.toBe(String(parent.pid));
    process.kill(-(parent.pid ?? Number.NaN), 'SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000, interval: 20 });
    await client.end().catch(() => undefined);
  });

  test('a server left running by a killed keeper is stopped and taken over', async () => {
    const { parent, url } = await startElsewhere();
    const pid = await serverPid();
    await query(url, 'CREATE TABLE kept (n int)');
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    process.kill(Number(stat.split(') ')[1]?.split(' ')[1]), 'SIGKILL');
    expect(isAlive(pid)).toBe(true);

    const { adminUrl, stop } = await startPostgres(options());
    expect(isAlive(pid)).toBe(false);
    expect(await query(adminUrl, 'SELECT * FROM kept')).toEqual([]);
    await stop();
    parent.kill('SIGKILL');
  });

  test.each([
    ['is dead', () => spawnDead()],
    ['is another program now', () => Promise.resolve(process.pid)],
  ])('a lock file whose process %s is no obstacle', async (_, pid) => {
    await (await startPostgres(options())).stop();
    const lock = `${await pid()}\n${join(folder, 'postgres')}\n1700000000\n5432\n\n127.0.0.1\n`;
    await writeFile(join(folder, 'postgres', 'postmaster.pid'), lock);
    const { adminUrl, stop } = await startPostgres(options());
    expect(await query(adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await stop();
  });

  test('what an initdb that was cut off left behind is removed', async () => {
    const unfinished = join(folder, 'postgres.new-abc123', 'cluster');
    await mkdir(unfinished, { recursive: true });
    await writeFile(join(unfinished, 'PG_VERSION'), '18\n');
    await (await startPostgres(options())).stop();
    expect(await readdir(folder)).toEqual(['postgres']);
  });
});

const spawnDead = async (): Promise<number> => {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? Number.NaN;
};

describe('what a person can put right is said in one line', () => {
  test('a port in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const { message } = await failure(startPostgres(options({ port })));
    expect(message).toBe(`Port ${port} for PostgreSQL is in use: choose another one.`);
    holder.close();
  });

  test('a folder with something else in it', async () => {
    await mkdir(join(folder, 'postgres'));
    await writeFile(join(folder, 'postgres', 'thesis.txt'), 'precious');
    const { message } = await failure(startPostgres(options()));
    expect(message).toContain('holds something other than a database');
    expect(await readFile(join(folder, 'postgres', 'thesis.txt'), 'utf8')).toBe('precious');
  });

  test('a data directory of another version', async () => {
    await mkdir(join(folder, 'postgres'));
    await writeFile(join(folder, 'postgres', 'PG_VERSION'), '15\n');
    const { message } = await failure(startPostgres(options()));
    expect(message).toContain('was made by PostgreSQL 15, this is 18');
  });

  test('a folder that is a file', async () => {
    await writeFile(join(folder, 'file'), '');
    const dataDir = join(folder, 'file', 'postgres');
    expect((await failure(startPostgres(options({ dataDir })))).message).toContain(dataDir);
  });
});

test('a folder whose name a shell would read as something else', { timeout: 60_000 }, async () => {
  const strange = join(folder, `pay$ys \`ä\` "q" 'q' 100% & co`);
  const binaries = await findBinaries();
  const native = dirname(dirname(binaries.initdb));
  await cp(native, join(strange, 'native'), { recursive: true, verbatimSymlinks: true });
  const initdb = join(strange, 'native', 'bin', basename(binaries.initdb));
  const version = await withPlainPath({ ...binaries, initdb }, async (plain) => {
    expect(plain).not.toContain('$');
    const dataDir = join(strange, 'plain');
    await promisify(execFile)(
      plain,
      [`--pgdata=${dataDir}`, '--no-sync'],
      await rightsOver(strange),
    );
    return readFile(join(dataDir, 'PG_VERSION'), 'utf8');
  });
  expect(version).toBe('18\n');
  const { adminUrl, stop } = await startPostgres(options({ dataDir: join(strange, 'postgres') }));
  expect(await query(adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await stop();
});

/** initdb refuses to run as root. */
const rightsOver = async (path: string) => {
  const user = await findServerUser();
  if (user) await chown(path, user.uid, user.gid);
  return { ...user, cwd: path };
};

test.runIf(process.getuid?.() === 0)(
  'below a folder that is closed to all but root, the data lies elsewhere and is kept',
  async () => {
    await chmod(folder, 0o700);
    const first = await startPostgres(options());
    await query(first.adminUrl, 'CREATE TABLE kept (id int)');
    await first.stop();
    const second = await startPostgres(options());
    expect(await query(second.adminUrl, 'SELECT count(*)::int FROM kept')).toEqual([{ count: 0 }]);
    await second.stop();
    const place = await readlink(join(folder, 'postgres'));
    expect(place).toMatch(/^\/var\/lib\/latchkey\/data\//);
    await rm(join(folder, 'postgres'));
    const anew = await startPostgres(options());
    await expect(query(anew.adminUrl, 'SELECT FROM kept')).rejects.toThrow('does not exist');
    await anew.stop();
    await rm(join(place, '..'), { recursive: true });
  },
);

test('the global setup provides a running server', async () => {
  expect(await query(inject('postgresUrl'), 'SHOW fsync')).toEqual([{ fsync: 'off' }]);
});
