/**
 * Guards for plain `node:http`, upgrades (WebSocket) included.
 *
 * @module
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { authenticateWith } from './authenticate.ts';
import { bearerTokenOf } from './bearer.ts';
import type { AccessTokenClaims, VerifiedToken } from './token.ts';
import { TokenError } from './token-error.ts';
import type { GuardOptions } from './token-from.ts';
import type { Verifier } from './verifier.ts';

export type { Requirements, Standing, StandingOf } from './requirements.ts';
export type { GuardOptions, TokenFrom } from './token-from.ts';

/** Serves a request that came with a valid token. */
export type TokenHandler<Claims> = (
  request: IncomingMessage,
  response: ServerResponse,
  token: VerifiedToken<Claims>,
) => unknown;

/**
 * Make a request listener that calls the handler only for a valid token, and otherwise answers by
 * itself. What the handler throws is the caller's: the returned promise rejects.
 */
export const withToken = <Claims = AccessTokenClaims>(
  verifier: Verifier<Claims>,
  handler: TokenHandler<Claims>,
  options: GuardOptions<Claims, IncomingMessage> = {},
): ((request: IncomingMessage, response: ServerResponse) => Promise<void>) => {
  const authenticate = authenticateWith(verifier, options, bearerTokenOf);
  return async (request, response) => {
    let token: VerifiedToken<Claims>;
    try {
      token = await authenticate(request);
    } catch (error) {
      return answerProblem(response, error);
    }
    await handler(request, response, token);
  };
};

/** Answer a TokenError as `application/problem+json`; anything else is thrown on. */
export const answerProblem = (response: ServerResponse, error: unknown): void => {
  if (!TokenError.is(error)) throw error;
  response.writeHead(error.status, { ...error.headers, 'Content-Type': PROBLEM });
  response.end(JSON.stringify(error.toProblem()));
};

const PROBLEM = 'application/problem+json';

/**
 * Decide about an upgrade: call it in the server's `upgrade` event, before the WebSocket library's
 * `handleUpgrade`. The token comes in the `Authorization` header, as with any request; a browser,
 * which can't set one, sends it as a subprotocol, and `tokenFrom` takes it from there. A refused
 * upgrade is answered and its socket closed here.
 *
 * @returns the token, or `undefined` when the upgrade was refused
 */
export const authenticateUpgrade = async <Claims = AccessTokenClaims>(
  verifier: Verifier<Claims>,
  request: IncomingMessage,
  socket: Duplex,
  options: GuardOptions<Claims, IncomingMessage> = {},
): Promise<VerifiedToken<Claims> | undefined> => {
  // Until a WebSocket library has the socket nobody else listens, and a reset would be fatal.
  const ignore = () => {};
  socket.on('error', ignore);
  try {
    const token = await authenticateWith(verifier, options, bearerTokenOf)(request);
    return socket.destroyed ? undefined : token;
  } catch (error) {
    if (!TokenError.is(error)) {
      socket.destroy();
      throw error;
    }
    const body = JSON.stringify(error.toProblem());
    const headers = {
      ...error.headers,
      'Content-Type': PROBLEM,
      'Content-Length': String(Buffer.byteLength(body)),
      Connection: 'close',
    };
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.once('finish', () => socket.destroy());
    socket.end(
      `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${head.join('')}\r\n${body}`,
    );
    return undefined;
  } finally {
    if (!socket.writableEnded) socket.off('error', ignore);
  }
};
