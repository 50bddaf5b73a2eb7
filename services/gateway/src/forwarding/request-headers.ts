import type { IncomingMessage } from 'node:http';
import { contextHeaders, type RequestContext } from '@latchkey/service-kit/http/request-context';
import type { ForwardedInfo } from '../intake/forwarded-info.ts';
import { cookiesFor } from './cookies.ts';
import { type HeaderPolicy, headerPolicyOf } from './header-policy.ts';

const MAX_KNOWN_NAMES = 2_048;
const MAX_KNOWN_LENGTH = 64;

interface KnownName {
  lowerCase: string;
  policy: HeaderPolicy;
}

/** By the name as it was sent, for clients send few spellings and many requests. */
const knownNames = new Map<string, KnownName>();

/**
 * The head of the request to the service, as name and value in turn. A header that came twice goes
 * on twice: whether that is an error is the service's to say.
 *
 * @param host the service's own authority, for `Host`
 * @param asked headers that the service's `service.json` asks for, in lower case
 * @param cookies those that it may have, by name
 */
export function requestHeaders(
  req: IncomingMessage,
  host: string,
  forwarded: ForwardedInfo,
  context: RequestContext,
  asked?: ReadonlySet<string>,
  cookies?: readonly string[],
): string[] {
  const { rawHeaders } = req;
  const ours = contextHeaders(context);
  const headers = [
    'host',
    host,
    'via',
    viaOf(req),
    'x-forwarded-for',
    forwarded.address,
    'x-forwarded-proto',
    forwarded.proto,
    'x-forwarded-host',
    forwarded.host,
    'x-request-id',
    ours['x-request-id'] as string,
    'traceparent',
    ours.traceparent as string,
  ];
  const dropped = namedByConnection(req.headers.connection);
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const { lowerCase, policy } = knownName(rawHeaders[index] as string);
    if (policy === 'never' || (policy === 'on-request' && !asked?.has(lowerCase))) continue;
    if (dropped?.has(lowerCase)) continue;
    if (lowerCase === 'tracestate' && !continuesTrace(req, context)) continue;
    headers.push(lowerCase, rawHeaders[index + 1] as string);
  }
  const cookie = cookiesFor(req.headers.cookie, cookies);
  if (cookie !== undefined) headers.push('cookie', cookie);
  return headers;
}

/** Whether services get a header of this name from clients. */
export function passesOn(name: string, asked?: ReadonlySet<string>): boolean {
  const { lowerCase, policy } = knownName(name);
  return policy === 'pass' || (policy === 'on-request' && asked?.has(lowerCase) === true);
}

function knownName(name: string): KnownName {
  const known = knownNames.get(name);
  if (known) return known;
  const lowerCase = name.toLowerCase();
  const made = { lowerCase, policy: headerPolicyOf(lowerCase) };
  // Invented names may fill it; the usual ones are back after a request each.
  if (knownNames.size >= MAX_KNOWN_NAMES) knownNames.clear();
  if (name.length <= MAX_KNOWN_LENGTH) knownNames.set(name, made);
  return made;
}

/** What was received, and this hop after it (RFC 9110 §7.6.3). */
function viaOf({ headers: { via } }: IncomingMessage): string {
  return via === undefined ? '1.1 latchkey' : `${via}, 1.1 latchkey`;
}

/** `tracestate` belongs to a `traceparent` and goes where that goes (Trace Context §3.3). */
function continuesTrace({ headers }: IncomingMessage, { traceId }: RequestContext): boolean {
  return String(headers.traceparent ?? '').includes(traceId);
}

/** The headers that `Connection` says are meant for the next hop only (RFC 9110 §7.6.1). */
export function namedByConnection(connection: string | undefined): Set<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}
