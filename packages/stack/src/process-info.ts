import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface ProcessInfo {
  pid: number;
  parent: number;
  /** Path of the program that runs; not what it was called as. */
  executable: string;
  arguments: readonly string[];
}

/** What the system says of a process: from /proc, or from ps where there is none; undefined when gone. */
export async function readProcess(pid: number): Promise<ProcessInfo | undefined> {
  return (await readProc(pid)) ?? (await readPs(pid));
}

async function readProc(pid: number): Promise<ProcessInfo | undefined> {
  try {
    const [stat, commandLine, executable] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readlink(`/proc/${pid}/exe`),
    ]);
    // The second field is the name in parentheses, and may hold some itself.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return {
      pid,
      parent,
      executable: executable.replace(/ \(deleted\)$/, ''),
      arguments: commandLine.replace(/\0+$/, '').split('\0'),
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
