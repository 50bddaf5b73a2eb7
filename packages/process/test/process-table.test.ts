import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { isAlive, readProcess } from '../src/process-table.ts';

const NEVER_GIVEN = 2 ** 22 + 1;

test('a process is read as it is', async () => {
  const own = await readProcess(process.pid);
  expect(own).toMatchObject({ pid: process.pid, parent: process.ppid });
  expect(own?.executable).toMatch(/node$/);
  expect(isAlive(process.pid)).toBe(true);
});

test('one that does not exist is neither alive nor read', async () => {
  expect(isAlive(NEVER_GIVEN)).toBe(false);
  expect(await readProcess(NEVER_GIVEN)).toBeUndefined();
});

test('arguments with spaces stay whole', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'a b', '']);
  await once(child, 'spawn');
  await expect.poll(async () => (await readProcess(child.pid ?? 0))?.arguments).toContain('a b');
  child.kill('SIGKILL');
});

test.runIf(process.platform === 'linux')(
  'one that has ended and is not collected by its parent is not alive',
  async () => {
    // The shell becomes a program that never waits for its children.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60']);
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
    const pid = Number(line);
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
    expect(execFileSync('cat', [`/proc/${pid}/stat`], { encoding: 'utf8' })).toContain(') Z ');
    parent.kill('SIGKILL');
  },
);

test.runIf(process.getuid?.() === 0)("another user's process is read too", async () => {
  const child = spawn('sleep', ['60'], { uid: 65_534, gid: 65_534 });
  await once(child, 'spawn');
  await expect
    .poll(async () => (await readProcess(child.pid ?? 0))?.arguments)
    .toEqual(['sleep', '60']);
  child.kill('SIGKILL');
});
