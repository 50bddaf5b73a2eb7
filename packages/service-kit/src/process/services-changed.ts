import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Env } from './config.ts';
import type { Log } from './log.ts';

const POLL_MS = 2_000;

/** What a parent process sends when its services are others: the environment as it is now. */
const servicesChanged = z.object({
  servicesChanged: z.record(z.string(), z.string().optional()),
});

export interface ServicesWatch {
  /**
   * Calls back, one time after the other, whenever there are other services than before: with the
   * environment that the parent sends, or without a parent whenever a `service.json` came, changed or
   * went. A callback that fails is logged in one line; without a parent it is tried again.
   */
  onChange(log: Log, callback: (env: Env) => Promise<unknown>): void;
}

/** Takes note of the `service.json` files below a directory: what changes from now on is noticed. */
export function watchServices(directory: string): ServicesWatch {
  const seen = textOf(directory);
  return {
    onChange(log, callback) {
      if (process.connected) listen(log, callback);
      else poll(directory, seen, log, callback);
    },
  };
}

function listen(log: Log, callback: (env: Env) => Promise<unknown>): void {
  let last: Promise<unknown> = Promise.resolve();
  process.on('message', (message) => {
    const { data } = servicesChanged.safeParse(message);
    if (!data) return;
    last = last
      .then(() => callback(data.servicesChanged))
      .then(() => log.info('services changed'))
      .catch((error: Error) => report(log, error.message));
  });
}

/** A few small files, and neither limits of the operating system on watches nor volumes that have none. */
function poll(
  directory: string,
  first: string,
  log: Log,
  callback: (env: Env) => Promise<unknown>,
): void {
  let used = first;
  let reported: string | undefined;
  const look = async () => {
    const now = textOf(directory);
    if (now !== used) {
      await callback(process.env);
      used = now;
      log.info('services changed');
    }
    reported = undefined;
  };
  const again = () => {
    setTimeout(async () => {
      await look().catch(({ message }: Error) => {
        if (message !== reported) report(log, message);
        reported = message;
      });
      again();
    }, POLL_MS).unref();
  };
  again();
}

const report = (log: Log, reason: string) =>
  log.error({ reason }, 'services changed, and cannot be used; those known before still are');

function textOf(directory: string): string {
  return readdirSync(directory)
    .toSorted()
    .map((name) => textIfThere(join(directory, name, 'service.json')))
    .join('\0');
}

function textIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw error;
  }
}
