import { StartError } from '@latchkey/process/start-error';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import { readServicesToStart } from './services-on-disk.ts';

const POLL_MS = 1_000;

interface Options {
  servicesDir: string;
  /** Those that there are now; `add` and `remove` change it. */
  services: readonly ServiceJson[];
  add(service: ServiceJson): Promise<unknown>;
  remove(service: ServiceJson): Promise<unknown>;
  onTrouble(line: string): void;
}

/**
 * Brings up services whose folder appears while the stack runs, and stops those whose folder goes. By
 * polling: a few small files, and no limits of the operating system on watches.
 *
 * @returns a function that ends it, after what it has begun
 */
export function followServices(options: Options): () => Promise<void> {
  const { servicesDir, services, add, remove, onTrouble } = options;
  let reported: string | undefined;

  const look = async () => {
    const found = readServicesToStart(servicesDir);
    const nameOf = ({ name }: ServiceJson) => name;
    const [before, now] = [services.map(nameOf), found.map(nameOf)];
    // The gateway and the issuer stay: without them nothing can work.
    const gone = services.filter(({ name, role }) => !role && !now.includes(name));
    for (const service of gone) await remove(service);
    for (const service of found.filter(({ name }) => !before.includes(name))) await add(service);
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
