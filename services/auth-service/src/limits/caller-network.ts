import ipaddr from 'ipaddr.js';

const HOST_BITS_HEXTETS = 4;

/**
 * What counts as one place: an IPv4 address, or an IPv6 /64, of which a single household has as
 * many addresses as it likes.
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return (parsed as ipaddr.IPv6).parts.slice(0, HOST_BITS_HEXTETS).map(toHex).join(':');
}

const toHex = (part: number) => part.toString(16);
