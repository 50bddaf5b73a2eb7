import { z } from 'zod';
import type { Env } from './config.ts';
import type { Log } from './log.ts';

/** What a parent process sends when services were added or removed: the environment as it is now. */
const servicesChanged = z.object({
  servicesChanged: z.record(z.string(), z.string().optional()),
});

/** Calls back, one after the other, each time the parent says that there are other services now. */
export function onServicesChanged(log: Log, callback: (env: Env) => Promise<unknown>): void {
  let last: Promise<unknown> = Promise.resolve();
  process.on('message', (message) => {
    const { data } = servicesChanged.safeParse(message);
    if (!data) return;
    last = last
      .then(() => callback(data.servicesChanged))
      .then(() => log.info('services changed'))
      // The services known before are still served.
      .catch((err: unknown) => log.error({ err }, 'services changed, and cannot be read'));
  });
}
