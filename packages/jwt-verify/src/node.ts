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

/** Answers a request that came with a valid token. */
export type TokenHandler<Claims> = (
  request: IncomingMessage,
  response: ServerResponse,
  token: VerifiedToken<Claims>,
) => unknown;

/**
 * Make a request listener that calls the handler only for a valid bearer token (RFC 6750), and
 * otherwise answers with the problem (RFC 9457). When the handler throws, the listener's promise
 * rejects with that error.
 *
 * @param verifier made by `createVerifier`
 * @param handler gets the verified token as its third argument
 * @param options scopes (all needed), roles (one is enough), a check of your own, and where the token
 *   is when it is not in `Authorization`
 * @returns the listener, for `createServer`
 *
 * @example
 * ```ts
 * import { createVerifier } from '@latchkey/jwt-verify';
 * import { withToken } from '@latchkey/jwt-verify/node';
 * import { startTestIssuer } from '@latchkey/jwt-verify/testing';
 * import { once } from 'node:events';
 * import { createServer } from 'node:http';
 * import type { AddressInfo } from 'node:net';
 *
 * const issuer = await startTestIssuer();
 * const verifier = createVerifier(issuer.verifierOptions());
 * const listener = withToken(verifier, (_req, res, token) => res.end(token.subject));
 * const server = createServer(listener).listen(0);
 * await once(server, 'listening');
 * const { port } = server.address() as AddressInfo;
 * const answer = await fetch(`http://127.0.0.1:${port}/`);
 * console.log(answer.status, answer.headers.get('www-authenticate')); // 401 Bearer realm=
 * server.close();
 * server.closeAllConnections();
 * ```
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

/**
 * Answer a TokenError as `application/problem+json` (RFC 9457), with its status and headers.
 *
 * @param response not yet begun
 * @param error what was caught
 * @throws the error itself when it is not a {@link TokenError}
 *
 * @example
 * ```ts
 * import { createVerifier } from '@latchkey/jwt-verify';
 * import { answerProblem } from '@latchkey/jwt-verify/node';
 * import { startTestIssuer } from '@latchkey/jwt-verify/testing';
 * import { createServer } from 'node:http';
 *
 * const issuer = await startTestIssuer();
 * const verifier = createVerifier(issuer.verifierOptions());
 * createServer(async (request, response) => {
 *   try {
 *     const token = await verifier.verify(String(request.headers['x-token']));
 *     response.end(token.subject);
 *   } catch (error) {
 *     answerProblem(response, error);
 *   }
 * });
 * ```
 */
export const answerProblem = (response: ServerResponse, error: unknown): void => {
  if (!TokenError.is(error)) throw error;
  response.writeHead(error.status, { ...error.headers, 'Content-Type': PROBLEM });
  response.end(JSON.stringify(error.toProblem()));
};

const PROBLEM = 'application/problem+json';

/**
 * Check the token of an upgrade: call it in the server's `upgrade` event, before the WebSocket
 * library's `handleUpgrade`. The token comes in the `Authorization` header, as with any request; a
 * browser, which can't set one, sends it as a subprotocol, and `tokenFrom` takes it from there. A
 * refused upgrade is answered and its socket closed here.
 *
 * @param verifier made by `createVerifier`
 * @param request the upgrade request
 * @param socket its socket; answer nothing on it yourself before this resolves
 * @param options scopes (all needed), roles (one is enough), a check of your own, and where the token
 *   is when it is not in `Authorization`
 * @returns the verified token, or `undefined` when the upgrade was refused
 * @throws what `tokenFrom` or a check of your own throws, unless it is a {@link TokenError}
 *
 * @example
 * ```ts
 * import { createVerifier } from '@latchkey/jwt-verify';
 * import { authenticateUpgrade } from '@latchkey/jwt-verify/node';
 * import { startTestIssuer } from '@latchkey/jwt-verify/testing';
 * import { createServer } from 'node:http';
 * import { WebSocketServer } from 'ws';
 *
 * const issuer = await startTestIssuer();
 * const verifier = createVerifier(issuer.verifierOptions());
 * const sockets = new WebSocketServer({ noServer: true });
 * const server = createServer();
 * server.on('upgrade', async (request, socket, head) => {
 *   const token = await authenticateUpgrade(verifier, request, socket);
 *   if (token === undefined) return;
 *   sockets.handleUpgrade(request, socket, head, (webSocket) => webSocket.send(token.subject));
 * });
 * ```
 */
export const authenticateUpgrade = async <Claims = AccessTokenClaims>(
  verifier: Verifier<Claims>,
  request: IncomingMessage,
  socket: Duplex,
  options: GuardOptions<Claims, IncomingMessage> = {},
): Promise<VerifiedToken<Claims> | undefined> => {
  // Until a WebSocket library has the socket, a reset without a listener would end the process.
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
