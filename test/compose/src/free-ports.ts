import { randomInt } from 'node:crypto';
import getPort, { portNumbers } from 'get-port';

/** Below the ports that systems give to outgoing connections. */
const FIRST = 20_000;
const LAST = 30_000;

/** The first of two neighboring ports that nobody listens on. */
export async function findTwoFreePorts(): Promise<number> {
  for (;;) {
    const port = await getPort({ port: portNumbers(randomInt(FIRST, LAST), LAST) });
    if ((await getPort({ port: port + 1 })) === port + 1) return port;
  }
}
