import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { isAlive, readProcess } from '@latchkey/process/process-table';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findLaunchers, isPackageManager } from '../src/launchers.ts';

const repository = resolve(import.meta.dirname, '../../..');
const SCRIPT = 'node packages/stack/bin/start.js';

type Row = [executable: string, ...words: string[]];
const toProcess = ([executable, ...words]: Row, pid = 2, parent = 1) => ({
  pid,
  parent,
  executable,
  arguments: words,
});

describe('what is a package manager', () => {
  it.each<Row>([
    ['/root/.npm/_npx/9c/node_modules/pnpm/pnpm', 'pnpm', 'start'],
    ['/usr/bin/node', 'npm exec pnpm@12 start'],
    ['/usr/bin/node', 'npm exec pnpm@12 start', '', ''],
    ['/usr/bin/node', 'node', '/usr/bin/npx', '-y', 'pnpm@12', 'start'],
    ['/usr/bin/node', 'node', '/usr/lib/node_modules/npm/bin/npm-cli.js', 'start'],
    ['/usr/bin/node', '/usr/bin/node', '--no-warnings', '/opt/pnpm/bin/pnpm.cjs', 'start'],
    ['/opt/node/bin/node', 'node', '/opt/node/lib/corepack/dist/pnpm.js', 'start'],
  ])('%s %s %s', (...row) => {
    expect(isPackageManager(toProcess(row))).toBe(true);
  });

  it.each<Row>([
    ['/usr/bin/dash', 'sh', '-c', 'npx -y pnpm@12 start & sleep 5'],
    ['/usr/bin/bash', 'bash', './start-pnpm.sh'],
    ['/usr/bin/bash', '/bin/bash', '/home/me/bin/pnpm'],
    ['/usr/bin/make', 'make', 'pnpm'],
    ['/usr/bin/tmux', 'tmux', 'new', '-d', 'npx -y pnpm@12 start'],
    ['/usr/bin/python3', 'python3', 'run.py', '--with', 'pnpm'],
    ['/usr/bin/node', 'node', 'watch.js', 'pnpm'],
    ['/usr/bin/node', 'node', '/srv/my-pnpm/server.js'],
    ['/usr/bin/vim', 'vim', 'packages/stack/bin/start.js'],
  ])('%s %s %s is none', (...row) => {
    expect(isPackageManager(toProcess(row))).toBe(false);
  });
});

describe('the chain that started the stack', () => {
  const npx: Row[] = [
    ['/usr/bin/dash', 'sh', '-c', `trap '' INT; ${SCRIPT}`],
    ['/root/.npm/pnpm', 'pnpm', 'start'],
    ['/usr/bin/dash', 'sh', '-c', "'pnpm' start"],
    ['/usr/bin/node', 'npm exec pnpm@12 start'],
  ];
  /** How many of the parents, from the nearest, belong to the command. */
  const countOf = async (rows: Row[]) => {
    const processes = rows.map((row, index) => toProcess(row, index + 2, index + 3));
    const read = async (pid: number) => processes.find((each) => each.pid === pid);
    return (await findLaunchers(2, SCRIPT, read)).length;
  };

  it.each<[string, Row[], number]>([
    ['a terminal', [...npx, ['/usr/bin/bash', '-bash']], 4],
    ['a background job of sh -c', [...npx, ['/usr/bin/dash', 'sh', '-c', 'npx pnpm start & x']], 4],
    ['bash -c with it alone', [...npx, ['/usr/bin/bash', 'bash', '-c', 'npx pnpm start']], 4],
    ['a script named after it', [...npx, ['/usr/bin/bash', 'bash', 'start-pnpm.sh']], 4],
    ['a Makefile', [...npx, ['/usr/bin/dash', 'sh', '-c', 'npx pnpm start'], ['/bin/make']], 4],
    ['setsid, which waits', [...npx, ['/usr/bin/setsid', 'setsid', '-w', 'npx', 'pnpm']], 4],
    ['pnpm without npx', [...npx.slice(0, 2), ['/usr/bin/bash', 'bash']], 2],
    [
      "another package's script that waits for it",
      [
        ...npx.slice(0, 2),
        ['/usr/bin/dash', 'sh', '-c', 'pnpm -C ../latchkey start'],
        ['/usr/bin/node', 'npm run dev'],
      ],
      4,
    ],
    [
      "another package's script that leaves it behind",
      [
        ...npx.slice(0, 2),
        ['/usr/bin/dash', 'sh', '-c', 'pnpm -C ../latchkey start & vite'],
        ['/usr/bin/node', 'npm run dev'],
      ],
      2,
    ],
    ['node alone', [['/usr/bin/bash', 'bash', '-c', `${SCRIPT}; true`]], 0],
  ])('given in %s', async (_, rows, count) => {
    expect(await countOf(rows)).toBe(count);
  });
});

/** Starts the pnpm that runs this test, as npx does; npx itself may have to ask the registry first. */
const NPX = `import { spawn } from 'node:child_process';
  const pnpm = spawn(process.env.npm_execpath ?? 'pnpm', ['start'], { stdio: 'inherit' });
  pnpm.on('exit', (code) => process.exit(code ?? 1));`;

describe('pnpm start', () => {
  let dataDir: string;
  let npx: string;
  beforeEach(async () => {
    dataDir = await makeOpenFolder('latchkey-launchers-');
    npx = join(dataDir, 'npx-cli.mjs');
    await writeFile(npx, NPX);
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  const launch = (command: string) => {
    const fixtures = join(import.meta.dirname, 'fixtures');
    const child = spawn('sh', ['-c', command], {
      cwd: repository,
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {
        ...process.env,
        PORT: '0',
        DATA_DIR: dataDir,
        SERVICES_DIR: join(fixtures, 'services'),
        PRISMA_DIR: join(fixtures, 'prisma'),
      },
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    return { child, output: () => output };
  };
  const eventually = (what: () => boolean) =>
    expect.poll(what, { timeout: 60_000, interval: 100 }).toBe(true);
  /** The process that started the services. */
  const stackPid = async () => {
    const tracked = await readFile(join(dataDir, 'services.json'), 'utf8');
    const [first] = JSON.parse(tracked) as { pid: number }[];
    return (await readProcess(first?.pid ?? 0))?.parent ?? 0;
  };

  it('in the background of a script goes on when that script ends', async () => {
    const { child, output } = launch(`node ${npx} & read line`);
    await eventually(() => output().includes('Ctrl+C stops everything'));
    const pid = await stackPid();
    child.stdin.end('\n');
    await once(child, 'exit');
    // Twice the time in which the end of a launcher is noticed.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(isAlive(pid)).toBe(true);
    expect(output()).not.toContain('Stopping');
    process.kill(pid, 'SIGTERM');
    await eventually(() => output().includes('Stopped. Your data is kept.'));
  }, 90_000);

  it('stops when npx is killed, which tells nobody', async () => {
    const { child, output } = launch(`exec node ${npx}`);
    await eventually(() => output().includes('Ctrl+C stops everything'));
    const pid = await stackPid();
    child.kill('SIGKILL');
    await eventually(() => !isAlive(pid));
    expect(output()).toContain('Stopped. Your data is kept.');
  }, 90_000);
});
