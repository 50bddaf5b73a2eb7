import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `services/` holds, or held. */
export interface FileTree {
  services: readonly string[];
  /** A file in a service's folder; undefined where there is none. */
  read(service: string, file: string): string | undefined;
}

export function workingTree(root: string): FileTree {
  return {
    services: readdirSync(join(root, 'services')),
    read: (service, file) =>
      orUndefined(() => readFileSync(join(root, 'services', service, file), 'utf8')),
  };
}

export function commitTree(root: string, commit: string): FileTree {
  return {
    services: git(root, 'ls-tree', '--name-only', `${commit}:services`).split('\n').filter(Boolean),
    read: (service, file) =>
      orUndefined(() => git(root, 'show', `${commit}:services/${service}/${file}`)),
  };
}

/**
 * The commit that the work in a clone began from: where it left `main`, or on `main` itself the commit
 * before; undefined in a repository that has none.
 */
export function baseCommit(root: string): string | undefined {
  const resolve = (...words: string[]) => orUndefined(() => git(root, ...words).trim());
  const head = resolve('rev-parse', 'HEAD');
  for (const main of ['origin/main', 'main']) {
    const base = resolve('merge-base', 'HEAD', main);
    if (base !== undefined && base !== head) return base;
  }
  return resolve('rev-parse', '--verify', '--quiet', 'HEAD^');
}

function git(cwd: string, ...words: string[]): string {
  const stdio = ['ignore', 'pipe', 'ignore'] as const;
  return execFileSync('git', words, {
    cwd,
    encoding: 'utf8',
    stdio: [...stdio],
    maxBuffer: 2 ** 26,
  });
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
