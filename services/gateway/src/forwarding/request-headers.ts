import type { IncomingMessage } from 'node:http';
import { contextHeaders, type RequestContext } from '@latchkey/service-kit/request-context';
import type { ClientOrigin } from '../intake/client-origin.ts';

/**
 * The headers of clients that services get. All others stop here: identity and forwarding headers,
 * cookies, hop-by-hop headers, and whatever somebody invents next.
 */
const FORWARDED = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'access-control-request-headers',
  'access-control-request-method',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-language',
  'content-length',
  'content-type',
  'dpop',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-event-id',
  'origin',
  'pragma',
  'prefer',
  'range',
  'referer',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
  'user-agent',
]);

/**
 * The head of the request to the service, as name and value in turn. A header that came twice goes
 * on twice: whether that is an error is the service's to say.
 *
 * @param host the service's own authority, for `Host`
 */
export function requestHeaders(
  req: IncomingMessage,
  host: string,
  origin: ClientOrigin,
  context: RequestContext,
): string[] {
  const { rawHeaders } = req;
  const ours = contextHeaders(context);
  const headers = [
    'host',
    host,
    'via',
    '1.1 latchkey',
    'x-forwarded-for',
    origin.address,
    'x-forwarded-proto',
    origin.proto,
    'x-forwarded-host',
    origin.host,
    'x-request-id',
    ours['x-request-id'] as string,
    'traceparent',
    ours.traceparent as string,
  ];
  const dropped = namedByConnection(req.headers.connection);
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    if (FORWARDED.has(name) && !dropped?.has(name)) {
      headers.push(name, rawHeaders[index + 1] as string);
    }
  }
  return headers;
}

/** The headers that `Connection` says are meant for the next hop only (RFC 9110 §7.6.1). */
export function namedByConnection(connection: string | undefined): Set<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}
