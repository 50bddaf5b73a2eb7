import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/** Every address of a host. @throws when it has none, or nobody knows */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

const DNS_TIMEOUT_MS = 1_500;
const DNS_TRIES = 2;

/** Asks name servers itself: `lookup` would hold a thread that passwords are hashed on. */
export function resolveByDns(): Resolve {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: DNS_TRIES });
  return async (hostname) => {
    const [v4, v6] = await Promise.allSettled([
      resolver.resolve4(hostname),
      resolver.resolve6(hostname),
    ]);
    if (v4.status === 'rejected' && v6.status === 'rejected') throw v4.reason;
    return [v4, v6].flatMap((found) => (found.status === 'fulfilled' ? found.value : []));
  };
}

/** As any program here resolves a name, `/etc/hosts` included. */
export const resolveByLookup: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address);

interface Dependencies {
  /** Hosts that may have private addresses. */
  internalHosts: readonly string[];
  resolve: { internal: Resolve; external: Resolve };
}

/**
 * Makes the function that resolves a host once, for a connection to exactly what was checked.
 *
 * @throws Error saying which address is not allowed
 */
export function hostAddresses({ internalHosts, resolve }: Dependencies): Resolve {
  return async (host) => {
    const hostname = host.replace(/^\[|\]$/g, '');
    const isInternal = internalHosts.includes(host);
    const resolveIt = isInternal ? resolve.internal : resolve.external;
    const addresses = isIP(hostname) === 0 ? await resolveIt(hostname) : [hostname];
    if (addresses.length === 0) throw new Error(`${hostname} has no address`);
    const refused = isInternal ? undefined : addresses.find((one) => !isPublicAddress(one));
    // One bad address among good ones is how a rebinding host looks.
    if (refused !== undefined)
      throw new Error(`${hostname} has the address ${refused}, not public`);
    return addresses;
  };
}
