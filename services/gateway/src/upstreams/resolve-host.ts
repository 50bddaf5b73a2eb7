import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Address } from './instance.ts';

/** Every address that a host name resolves to now. */
export type ResolveHost = (host: string) => Promise<readonly Address[]>;

/** Asks the system, so that `/etc/hosts` and a container network's names count. */
export const resolveHost: ResolveHost = async (host) => {
  const bare = host.replace(/^\[|\]$/g, '');
  const family = isIP(bare);
  if (family === 4 || family === 6) return [{ address: bare, family }];
  const found = await lookup(bare, { all: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
};
