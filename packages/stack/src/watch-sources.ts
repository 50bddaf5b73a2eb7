import { existsSync, watch } from 'node:fs';
import { join, resolve } from 'node:path';
import { StartError } from '@latchkey/process/start-error';
import type { Stack } from './stack.ts';

/** An editor writes a file in several steps. */
const SETTLE_MS = 150;

const services = resolve(import.meta.dirname, '../../../services');

/** @throws StartError for a name that is no service's */
export function assertWatchable(names: readonly string[], servicesDir = services): void {
  const unknown = names.find((name) => !existsSync(join(servicesDir, name, 'src')));
  if (unknown) throw new StartError(`--watch ${unknown}: there is no services/${unknown}.`);
}

/** Restarts a service whenever a file in its `src` changes; the others stay up. */
export function watchSources(stack: Stack, name: string, say: (line: string) => void): void {
  let timer: NodeJS.Timeout | undefined;
  let last = Promise.resolve();
  const restart = async () => {
    const startedAt = performance.now();
    try {
      await stack.restartService(name);
      say(`${name} restarted in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    } catch (error) {
      say(`${(error as Error).message}; it starts again at the next change`);
    }
  };
  const sources = join(stack.servicesDir, name, 'src');
  watch(sources, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      last = last.then(restart);
    }, SETTLE_MS);
  }).unref();
}
