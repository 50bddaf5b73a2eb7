import { isDeepStrictEqual } from 'node:util';
import { StartError } from '@latchkey/process/start-error';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import type { Members } from './members.ts';
import { readServicesToStart } from './services-on-disk.ts';

const POLL_MS = 1_000;

interface Options {
  servicesDir: string;
  /** Those that there are now; `members` changes it. */
  services: readonly ServiceJson[];
  members: Pick<Members, 'add' | 'change' | 'remove'>;
  onTrouble(line: string): void;
}

/**
 * Notices services whose folder appears or goes, or whose service.json changes, while the stack runs. By
 * polling: a few small files, and no limits of the operating system on watches. While a file is wrong
 * everything stays as it is.
 *
 * @returns a function that ends it, after what it has begun
 */
export function followServices(options: Options): () => Promise<void> {
  const { servicesDir, services, members, onTrouble } = options;
  let reported: string | undefined;

  const look = async () => {
    const found = readServicesToStart(servicesDir);
    const known = new Map(services.map((service) => [service.name, service]));
    for (const { name, role } of services) {
      const now = found.find((each) => each.name === name);
      if (role === now?.role) continue;
      // The gateway and the issuer stay: without them nothing can work.
      if (role || now) throw new StartError(`${name} must keep its role: start the stack again.`);
    }
    for (const service of known.values()) {
      if (!found.some(({ name }) => name === service.name)) await members.remove(service);
    }
    for (const service of found) {
      const before = known.get(service.name);
      if (!before) await members.add(service);
      else if (!isDeepStrictEqual(before, service)) await members.change(service);
    }
  };

  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  let looking = Promise.resolve();
  const next = () => {
    if (ended) return;
    timer = setTimeout(() => {
      looking = look()
        .then(() => {
          reported = undefined;
        })
        .catch((error: Error) => {
          if (ended || error.message === reported) return;
          reported = error.message;
          onTrouble(error instanceof StartError ? error.message : String(error));
        })
        .then(next);
    }, POLL_MS).unref();
  };
  next();
  return async () => {
    ended = true;
    clearTimeout(timer);
    await looking;
  };
}
