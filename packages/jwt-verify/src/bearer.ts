import type { Refuse } from './token-error.ts';

/** A request as Node makes it, or as a serverless adapter or a unit test builds it. */
export interface HttpRequest {
  /** Names and values in turn. Absent or empty where only `headers` was filled in. */
  readonly rawHeaders?: readonly string[];
  readonly headers?: Readonly<Record<string, unknown>>;
  /** The whole URL inside a mounted Express router, where `url` is only the rest of it. */
  readonly originalUrl?: string | undefined;
  readonly url?: string | undefined;
}

const AUTHORIZATION = 'authorization';
const SCHEME = 'bearer';
const SPACE = 0x20;

/**
 * Take the bearer token out of a request (RFC 6750 §2.1): from `Authorization` alone, which may be
 * there once. Never from query, cookie or body (RFC 6750 §2.2, §2.3; RFC 9700 §4.3.2).
 *
 * @returns the token, or `undefined` when no bearer token came
 */
export const bearerTokenOf = (request: HttpRequest, refuse: Refuse): string | undefined => {
  let credentials: string | undefined;
  const lines = headerLinesOf(request);
  for (let i = 0; i < lines.length; i += 2) {
    const name = lines[i] as string;
    if (name.length !== AUTHORIZATION.length || name.toLowerCase() !== AUTHORIZATION) continue;
    if (credentials !== undefined) throw refuse('credentials_repeated');
    credentials = lines[i + 1] as string;
  }
  if (credentials === undefined) return undefined;
  return tokenIn(credentials, request.originalUrl ?? request.url, refuse);
};

/** The raw headers where there are any: the parsed ones hide that `Authorization` came twice. */
const headerLinesOf = ({ rawHeaders, headers }: HttpRequest): readonly string[] => {
  if (rawHeaders !== undefined && rawHeaders.length > 0) return rawHeaders;
  return Object.entries(headers ?? {}).flatMap(([name, value]) =>
    // What an adapter sets for itself may be a number.
    [value].flat().flatMap((line) => (typeof line === 'string' ? [name, line] : [])),
  );
};

/** The token of one `Authorization` value; `undefined` when it is of another scheme. */
export const tokenIn = (
  credentials: string,
  url: string | undefined,
  refuse: Refuse,
): string | undefined => {
  if (!credentials.startsWith('Bearer ')) {
    const start = credentials.slice(0, SCHEME.length + 1).toLowerCase();
    if (start.trimEnd() !== SCHEME) return undefined;
    if (start.charCodeAt(SCHEME.length) !== SPACE) throw refuse('credentials_malformed', EXPECTED);
  }
  // RFC 6750 §2.1: credentials = "Bearer" 1*SP b64token
  let from = SCHEME.length + 1;
  while (credentials.charCodeAt(from) === SPACE) from += 1;
  const token = assertOneToken(credentials.slice(from), refuse);
  if (url !== undefined && hasQueryToken(url)) throw refuse('credentials_repeated');
  return token;
};

const EXPECTED = { expected: 'Bearer TOKEN' };

/** Refuse text that is no token or more than one; what else is wrong with it the verifier finds. */
export const assertOneToken = (text: string, refuse: Refuse): string => {
  if (text === '' || text.includes(' ') || text.includes('\t') || text.includes(',')) {
    throw refuse('credentials_malformed', EXPECTED);
  }
  return text;
};

// Spares most queries the parser: a name that begins so, or one with an escape in it.
const MAY_HOLD_TOKEN = /[?&](?:access_token|[^=&]*%)/;

/** Whether the query has a parameter named `access_token` (RFC 6750 §2.3), however it is escaped. */
const hasQueryToken = (url: string): boolean => {
  const at = url.indexOf('?');
  if (at === -1) return false;
  const query = url.slice(at);
  return MAY_HOLD_TOKEN.test(query) && new URLSearchParams(query).has('access_token');
};
