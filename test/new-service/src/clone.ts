import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, vi } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** As a terminal has it: nothing of this test run, and no program of this working tree. */
function terminalEnv(more: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH = '', ...rest } = process.env;
  const kept = Object.entries(rest).filter(
    ([name]) => !/^(CI$|NODE_ENV|INIT_CWD|VITEST|TEST$|p?npm_|TURBO_HASH)/.test(name),
  );
  const path = PATH.split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter), ...more };
}

/** What is in this working tree, committed to a new repository elsewhere, as a fresh clone is. */
export async function cloneRepository() {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'latchkey-clone-'));
  // Open to the user that PostgreSQL runs as when the tests are run by root.
  await chmod(folder, 0o755);
  const clone = join(folder, 'latchkey');
  const dataDir = join(folder, 'data');
  const env = terminalEnv({ DATA_DIR: dataDir, PORT: '0' });
  const git = async (...words: string[]) =>
    (await run('git', words, { cwd: clone, env, maxBuffer: 2 ** 26 })).stdout;

  const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const { stdout } = await run('git', listed, { cwd: root, maxBuffer: 2 ** 26 });
  for (const file of stdout.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(clone, file)), { recursive: true });
    // One that was removed and not yet committed is not in the clone.
    await cp(join(root, file), join(clone, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await git('init', '--quiet');
  await git('add', '--all');
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.test'];
  await git(...author, 'commit', '--quiet', '--message', 'clone');

  return {
    folder: clone,
    dataDir,
    git,
    /** The changed and new files, each on a line as `git status` has it. */
    status: async () =>
      (await git('status', '--porcelain')).split('\n').filter((line) => line !== ''),
    /** Runs lines of a shell, and fails with what they printed. */
    async shell(script: string): Promise<string> {
      const child = spawn('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
        cwd: clone,
        env,
      });
      const output = collect(child);
      const [code] = await once(child, 'close');
      expect(code, `${script}\n${output()}`).toBe(0);
      return output();
    },
    async start(command: string) {
      const child = spawn('bash', ['--norc', '-c', `exec ${command}`], { cwd: clone, env });
      const output = collect(child);
      const isUp = () => output().includes('Ctrl+C stops everything');
      await vi.waitUntil(() => isUp() || child.exitCode !== null, {
        timeout: 200_000,
        interval: 100,
      });
      expect(isUp(), output()).toBe(true);
      const origin = /Open .*?(http:\/\/localhost:\d+)/.exec(output())?.[1] as string;
      return {
        origin,
        output,
        async stop() {
          child.kill('SIGTERM');
          if (child.exitCode === null) await once(child, 'exit');
          await vi.waitUntil(() => output().includes('Stopped.'), { timeout: 30_000 });
        },
      };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      text += chunk;
    });
  }
  return () => text;
}
