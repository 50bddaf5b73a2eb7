import { basename } from 'node:path';
import { isAlive, type ProcessInfo, readProcess } from '@latchkey/process/process-table';

const POLL_MS = 500;
const PACKAGE_MANAGER = /^(npm|npx|pnpm|pnpx|corepack)(-cli)?(\.(exe|js|cjs|mjs))?$/;
const NODE = /^node(\.exe|\d+)?$/;
const SHELL = /^(sh|dash|bash|ash|zsh|ksh|busybox)$/;

/** Calls back once a process of the chain `npx -> pnpm -> node` that started this one has ended. */
export async function onLauncherGone(callback: () => void): Promise<void> {
  const launchers = await findLaunchers(process.ppid, process.env.npm_lifecycle_script);
  const timer = setInterval(() => {
    if (launchers.every(isAlive)) return;
    clearInterval(timer);
    callback();
  }, POLL_MS);
  timer.unref();
}

/**
 * The parents that are part of the command itself, not the terminal, script or Makefile that it was
 * given in: those may end while the stack goes on, as any background job does.
 */
export async function findLaunchers(
  parent: number,
  lifecycleScript: string | undefined,
  read: (pid: number) => Promise<ProcessInfo | undefined> = readProcess,
): Promise<number[]> {
  const found: number[] = [];
  for (let each = await read(parent); each && each.pid > 1; ) {
    const above = await read(each.parent);
    const isPart =
      isPackageManager(each) ||
      (above && isPackageManager(above) && isShellOfPackageManager(each, lifecycleScript));
    if (!isPart) break;
    found.push(each.pid);
    each = above;
  }
  return found;
}

/** Judged by the program that runs, not by a word in its command line. */
export function isPackageManager({ executable, arguments: words }: ProcessInfo): boolean {
  const program = basename(executable);
  // pnpm is a program by itself; npm and corepack are scripts of Node.
  if (PACKAGE_MANAGER.test(program)) return true;
  if (!NODE.test(program)) return false;
  // npm writes a title over its arguments: `npm exec pnpm@12 start`, in one piece.
  const [title = '', ...rest] = words;
  if (/^np[mx] /.test(title) && rest.every((word) => word === '')) return true;
  const script = rest.find((word) => !word.startsWith('-'));
  return script !== undefined && PACKAGE_MANAGER.test(basename(script));
}

/** The shell that npx starts for pnpm alone, or the one that pnpm starts for our script. */
function isShellOfPackageManager(
  { executable, arguments: words }: ProcessInfo,
  lifecycleScript: string | undefined,
): boolean {
  const flag = words.indexOf('-c');
  if (!SHELL.test(basename(executable)) || flag < 0) return false;
  const script = words.slice(flag + 1).join(' ');
  if (lifecycleScript && script.includes(lifecycleScript)) return true;
  const [command = ''] = script.replaceAll(/["']/g, '').trim().split(/\s+/);
  return PACKAGE_MANAGER.test(basename(command)) && !/[;&|`$()\n]/.test(script);
}
