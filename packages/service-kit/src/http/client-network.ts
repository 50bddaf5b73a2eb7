import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

const NETWORK_HEXTETS = 4;

/**
 * What counts as one client: an IPv4 address, or an IPv6 /64, of which one household has all the
 * addresses it likes.
 */
export function networkOf(address: string | undefined): string {
  // The usual case, on every request.
  if (address !== undefined && isIPv4(address)) return address;
  if (address === undefined || !ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const hextets = parsed.parts.slice(0, NETWORK_HEXTETS);
  return hextets.map((hextet) => hextet.toString(16)).join(':');
}
