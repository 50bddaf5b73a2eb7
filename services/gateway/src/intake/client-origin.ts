import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Where a request came from and under what address it was sent, as far as that can be believed. */
export interface ClientOrigin {
  address: string;
  proto: 'http' | 'https';
  host: string;
}

const HOST = /^[a-z0-9._:[\]-]{1,262}$/i;

/**
 * Reads the origin of a request. `X-Forwarded-*` is believed only when the connection comes from a
 * trusted proxy; the client is then the last address that is not a trusted proxy itself.
 *
 * @param trusted addresses and CIDR ranges of the proxies in front of the gateway
 */
export function createOriginReader(trusted: readonly string[]) {
  const proxies = toBlockList(trusted);
  const isTrusted = (address: string) =>
    proxies?.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4') ?? false;

  return (req: IncomingMessage): ClientOrigin => {
    const peer = plainAddress(req.socket.remoteAddress ?? '');
    const host = req.headers.host ?? '';
    if (!isTrusted(peer)) return { address: peer, proto: 'http', host };
    const { 'x-forwarded-proto': proto, 'x-forwarded-host': givenHost } = req.headers;
    return {
      address: lastUntrusted(String(req.headers['x-forwarded-for'] ?? ''), peer, isTrusted),
      proto: proto === 'https' ? 'https' : 'http',
      host: typeof givenHost === 'string' && HOST.test(givenHost) ? givenHost : host,
    };
  };
}

function lastUntrusted(chain: string, peer: string, isTrusted: (address: string) => boolean) {
  let client = peer;
  for (const hop of chain.split(',').toReversed()) {
    const address = plainAddress(hop.trim());
    if (isIP(address) === 0) break;
    client = address;
    if (!isTrusted(address)) break;
  }
  return client;
}

/** An IPv4 address that came in over an IPv6 socket, written as IPv4. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** The addresses and CIDR ranges of a list, or undefined for an empty one. */
export function toBlockList(ranges: readonly string[]): BlockList | undefined {
  if (ranges.length === 0) return undefined;
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** Whether a text is an IP address or a CIDR range. */
export function isAddressRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32))
  );
}
