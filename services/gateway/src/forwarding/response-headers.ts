import { maySetCookie } from './cookies.ts';
import { namedByConnection } from './request-headers.ts';

/** As undici gives them. */
export type ResponseHeaders = Record<string, string | string[] | undefined>;

/** Meant for one connection (RFC 9110 §7.6.1), or said by the gateway itself. */
const DROPPED = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-powered-by',
  'x-request-id',
]);

/**
 * The head of the answer, as name and value in turn; what a service says of itself is kept.
 *
 * @param cookies those that the service may set, by name: another's cookie is not its to replace
 */
export function responseHeaders(headers: ResponseHeaders, cookies?: readonly string[]): string[] {
  const kept: string[] = [];
  const { connection } = headers;
  const dropped = namedByConnection(Array.isArray(connection) ? connection.join() : connection);
  for (const name in headers) {
    if (DROPPED.has(name) || dropped?.has(name)) continue;
    const value = headers[name];
    if (name === 'set-cookie') {
      for (const line of [value ?? []].flat()) {
        if (maySetCookie(line, cookies)) kept.push(name, line);
      }
    } else if (typeof value === 'string') kept.push(name, value);
    else for (const one of value ?? []) kept.push(name, one);
  }
  return kept;
}

/** Whether the service will close this connection: it is about to stop, or wants no more requests on it. */
export function closesConnection({ connection }: ResponseHeaders): boolean {
  return connection !== undefined && /(^|,)\s*close\s*(,|$)/i.test(String(connection));
}

/** Not for a sign-in that is too old or too weak (RFC 9470), nor for a service's own reasons. */
export const isTokenRefused = (headers: ResponseHeaders): boolean =>
  /\berror="invalid_token"/.test(String(headers['www-authenticate']));
