import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface ProcessInfo {
  pid: number;
  parent: number;
  /** Path of the program that runs; not what it was called as. */
  executable: string;
  arguments: readonly string[];
}

/**
 * Whether a process with this id runs, ours or not. One that has ended but was not yet collected by
 * its parent does not: a container's first process may never collect it.
 */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
};

/** A process as the system describes it; undefined when it is gone. */
export async function readProcess(pid: number): Promise<ProcessInfo | undefined> {
  return (await readProc(pid)) ?? (await readPs(pid));
}

async function readProc(pid: number): Promise<ProcessInfo | undefined> {
  try {
    const [stat, commandLine] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    const words = commandLine.replace(/\0+$/, '').split('\0');
    // Another user's program is not shown, not even to root in a container.
    const executable = await readlink(`/proc/${pid}/exe`).catch(() => words[0] ?? '');
    return {
      pid,
      // The second field is the name in parentheses, and may hold some itself.
      parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]),
      executable: executable.replace(/ \(deleted\)$/, ''),
      arguments: words,
    };
  } catch {
    return undefined;
  }
}

async function readPs(pid: number): Promise<ProcessInfo | undefined> {
  const ask = async (column: string) => {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', column, '-p', String(pid)]);
    return stdout.trim();
  };
  try {
    const [parent, executable, text] = await Promise.all(['ppid=', 'comm=', 'args='].map(ask));
    return {
      pid,
      parent: Number(parent),
      executable: executable ?? '',
      arguments: text?.split(' ') ?? [],
    };
  } catch {
    return undefined;
  }
}
