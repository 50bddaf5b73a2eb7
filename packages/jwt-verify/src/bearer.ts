import type { Refuse } from './token-error.ts';

const AUTHORIZATION = 'authorization';
const BEARER = 'bearer ';

/**
 * Take the bearer token out of a request's raw headers (RFC 6750 §2.1): from `Authorization` alone,
 * which may be there once. Never from query, cookie or body (RFC 6750 §2.2, §2.3; RFC 9700 §4.3.2).
 *
 * @param rawHeaders names and values in turn, as `http.IncomingMessage#rawHeaders` has them: the
 *   parsed headers hide that one came twice
 * @returns the token, or `undefined` when no bearer token came
 */
export const bearerTokenOf = (
  rawHeaders: readonly string[],
  url: string | undefined,
  refuse: Refuse,
): string | undefined => {
  let credentials: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length !== AUTHORIZATION.length || name.toLowerCase() !== AUTHORIZATION) continue;
    if (credentials !== undefined) throw refuse('credentials_repeated');
    credentials = rawHeaders[i + 1] as string;
  }
  return credentials === undefined ? undefined : tokenIn(credentials, url, refuse);
};

/** The token of one `Authorization` value; `undefined` when it is of another scheme. */
export const tokenIn = (
  credentials: string,
  url: string | undefined,
  refuse: Refuse,
): string | undefined => {
  const token = credentials.slice(BEARER.length);
  if (!credentials.startsWith('Bearer ')) {
    const scheme = credentials.slice(0, BEARER.length).toLowerCase();
    if (scheme.trimEnd() !== 'bearer') return undefined;
    if (scheme !== BEARER) throw refuse('credentials_malformed', { expected: 'Bearer TOKEN' });
  }
  if (token === '' || token.includes(' ') || token.includes(',')) {
    throw refuse('credentials_malformed', { expected: 'Bearer TOKEN' });
  }
  if (url?.includes('access_token=')) throw refuse('credentials_repeated');
  return token;
};
