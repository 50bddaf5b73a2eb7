import type { IncomingMessage } from 'node:http';

/** What one part of the public address space says to pages of other origins (Fetch standard §3.2). */
export interface Cors {
  /** The answer to a preflight, as name and value in turn; undefined when the request is none. */
  preflight(req: IncomingMessage): Preflight | undefined;
  /** Lets the page that sent a request read its answer; `headers` are names and values in turn. */
  apply(req: IncomingMessage, headers: string[]): void;
  allows(origin: string): boolean;
}

export interface Preflight {
  allowed: boolean;
  headers: string[];
}

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
/** Named for older browsers; `*` is every other header, since no credentials are ever allowed. */
const EXPOSED = 'Link, Location, ETag, Retry-After, WWW-Authenticate, X-Request-Id, *';
/** Chromium's own limit; a browser asks again after it. */
const MAX_AGE_SECONDS = 7_200;
const MAX_ASKED_LENGTH = 2_048;
const VARIES = /(?:^|,)\s*(?:origin|\*)\s*(?:,|$)/i;
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/i;

/**
 * Cookies and other credentials of the browser are never allowed: a page shows its access token in
 * `Authorization`, as any other client.
 *
 * @param origins exactly as browsers send them; none of them switches CORS off
 * @param passesOn whether services get a request header of this name
 */
export function createCors(
  origins: Iterable<string>,
  passesOn: (name: string) => boolean,
): Cors | undefined {
  const allowed = new Set(origins);
  if (allowed.size === 0) return undefined;
  return {
    allows: (origin) => allowed.has(origin),
    preflight(req) {
      const { origin, 'access-control-request-method': method } = req.headers;
      if (req.method !== 'OPTIONS' || origin === undefined || method === undefined)
        return undefined;
      const headers = ['Vary', 'Origin, Access-Control-Request-Headers'];
      if (!allowed.has(origin)) return { allowed: false, headers };
      const asked = askedFor(req.headers['access-control-request-headers']).filter(passesOn);
      headers.push('Access-Control-Allow-Origin', origin, 'Access-Control-Allow-Methods', METHODS);
      if (asked.length > 0) headers.push('Access-Control-Allow-Headers', asked.join(', '));
      headers.push('Access-Control-Max-Age', String(MAX_AGE_SECONDS));
      return { allowed: true, headers };
    },
    apply(req, headers) {
      dropOthers(headers);
      const { origin } = req.headers;
      if (origin === undefined || !allowed.has(origin)) return;
      headers.push('Access-Control-Allow-Origin', origin);
      headers.push('Access-Control-Expose-Headers', EXPOSED);
    },
  };
}

function askedFor(names: string | undefined): string[] {
  if (names === undefined || names.length > MAX_ASKED_LENGTH) return [];
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => HEADER_NAME.test(name));
}

/** One speaks CORS, and here it is the gateway: what a service says of it goes, `Vary` says Origin. */
function dropOthers(headers: string[]): void {
  let varies = false;
  let kept = 0;
  for (let index = 0; index < headers.length; index += 2) {
    const name = (headers[index] as string).toLowerCase();
    const value = headers[index + 1] as string;
    if (name.startsWith('access-control-')) continue;
    if (name === 'vary' && VARIES.test(value)) varies = true;
    headers[kept] = headers[index] as string;
    headers[kept + 1] = value;
    kept += 2;
  }
  headers.length = kept;
  if (!varies) headers.push('Vary', 'Origin');
}
