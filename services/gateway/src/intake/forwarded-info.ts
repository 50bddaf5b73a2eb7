import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddr from 'proxy-addr';

/** Where a request came from and under what address it was sent, as far as that can be believed. */
export interface ForwardedInfo {
  address: string;
  proto: 'http' | 'https';
  host: string;
}

const HOST = /^[a-z0-9._:[\]-]{1,262}$/i;
/** `203.0.113.7:51234`, `[2001:db8::7]` and `[2001:db8::7]:4711`: what some proxies write for an address. */
const WITH_PORT = /^(?:([\d.]+):\d{1,5}|\[([\da-f:.]+)\](?::\d{1,5})?)$/i;
/** No chain of proxies is longer; what is before that was made up. */
const MAX_HOPS = 32;

/**
 * Reads the origin of a request. `X-Forwarded-*` is believed only when the connection comes from a
 * trusted proxy; the client is then the last address that is not a trusted proxy itself.
 *
 * @param trusted addresses, ranges and names of ranges (`loopback`) of the proxies in front
 */
export function createForwardedReader(trusted: readonly string[]) {
  const isTrusted = createTrust(trusted);

  return (req: IncomingMessage): ForwardedInfo => {
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

type IsTrusted = (address: string) => boolean;

/** Whether an address is within some of these ranges. */
export function createTrust(ranges: readonly string[]): IsTrusted {
  const trust = proxyAddr.compile([...ranges]);
  return (address) => trust(address, 0);
}

function lastUntrusted(chain: string, peer: string, isTrusted: IsTrusted): string {
  let client = peer;
  for (const text of chain.split(',').slice(-MAX_HOPS).toReversed()) {
    const address = withoutPort(text.trim());
    if (isIP(address) === 0) break;
    client = address;
    if (!isTrusted(address)) break;
  }
  return client;
}

function withoutPort(text: string): string {
  const [, v4, v6] = WITH_PORT.exec(text) ?? [];
  return plainAddress(v4 ?? v6 ?? text);
}

/** An IPv4 address that came in over an IPv6 socket, written as IPv4. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** Whether a text is an IP address, a CIDR range or the name of one. */
export function isAddressRange(text: string): boolean {
  const isName = /^(?:loopback|linklocal|uniquelocal)$/.test(text);
  // The library also takes the short forms of old (`10` for 0.0.0.10), which here are mistakes.
  if (!isName && isIP(text.split('/')[0] as string) === 0) return false;
  try {
    proxyAddr.compile([text]);
    return true;
  } catch {
    return false;
  }
}
