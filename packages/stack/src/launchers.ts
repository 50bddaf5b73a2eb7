import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { commandLine, isAlive } from '@latchkey/postgres/process-table';

const POLL_MS = 500;

/** Calls back once a process of the chain `npx -> pnpm -> node` that started this one has ended. */
export async function onLauncherGone(callback: () => void): Promise<void> {
  const launchers = await findLaunchers();
  const timer = setInterval(() => {
    if (launchers.every(isAlive)) return;
    clearInterval(timer);
    callback();
  }, POLL_MS);
  timer.unref();
}

/** The parents that are part of the command itself, not the terminal or script it was given in. */
async function findLaunchers(): Promise<number[]> {
  const found: number[] = [];
  for (let pid = process.ppid; pid > 1; pid = await parentOf(pid)) {
    if (!/pnpm|stack\/bin\/start\.js/.test(await commandLine(pid))) break;
    found.push(pid);
  }
  return found;
}

async function parentOf(pid: number): Promise<number> {
  const ps = promisify(execFile)('ps', ['-o', 'ppid=', '-p', String(pid)]);
  return Number((await ps.catch(() => ({ stdout: '0' }))).stdout);
}
