/**
 * A guard for Fastify routes.
 *
 * @module
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { authenticateWith } from './authenticate.ts';
import { bearerTokenOf } from './bearer.ts';
import type { AccessTokenClaims, VerifiedToken } from './token.ts';
import { TokenError } from './token-error.ts';
import type { GuardOptions } from './token-from.ts';
import type { Verifier } from './verifier.ts';

export type { Requirements, Standing, StandingOf } from './requirements.ts';
export type { GuardOptions, TokenFrom } from './token-from.ts';

interface FastifyRequestLike {
  readonly raw: IncomingMessage;
  readonly headers: IncomingHttpHeaders;
}

interface FastifyReplyLike {
  code: (status: number) => FastifyReplyLike;
  headers: (headers: Record<string, string>) => FastifyReplyLike;
  send: (body: string) => unknown;
}

const TOKENS = new WeakMap<object, VerifiedToken<unknown>>();

/**
 * Make an `onRequest` hook that lets a request pass only with a valid bearer token (RFC 6750), and
 * otherwise answers with the problem (RFC 9457). The handler gets the token by `tokenOf(request)`.
 *
 * @param verifier made by `createVerifier`
 * @param options scopes (all needed), roles (one is enough), a check of your own, and where the token
 *   is when it is not in `Authorization`
 * @returns the hook
 *
 * @example
 * ```ts
 * import { createVerifier } from '@latchkey/jwt-verify';
 * import { requireToken, tokenOf } from '@latchkey/jwt-verify/fastify';
 * import { startTestIssuer } from '@latchkey/jwt-verify/testing';
 * import fastify from 'fastify';
 *
 * const issuer = await startTestIssuer();
 * const verifier = createVerifier(issuer.verifierOptions());
 * const app = fastify();
 * const onRequest = requireToken(verifier, { scope: 'todo:read' });
 * app.get('/todo', { onRequest }, async (request) => tokenOf(request).subject);
 * const authorization = `Bearer ${issuer.mint({ claims: { scope: 'todo:read' } })}`;
 * const answer = await app.inject({ url: '/todo', headers: { authorization } });
 * console.log(answer.body); // test-user
 * ```
 */
export const requireToken = <
  Claims = AccessTokenClaims,
  Req extends FastifyRequestLike = FastifyRequestLike,
>(
  verifier: Verifier<Claims>,
  options: GuardOptions<Claims, Req> = {},
): ((request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>) => {
  const authenticate = authenticateWith(verifier, options, ({ raw }, refuse) =>
    bearerTokenOf(raw, refuse),
  );
  return async (request, reply) => {
    try {
      TOKENS.set(request, await authenticate(request as Req));
      return undefined;
    } catch (error) {
      if (!TokenError.is(error)) throw error;
      return reply
        .code(error.status)
        .headers({ ...error.headers, 'Content-Type': 'application/problem+json' })
        .send(JSON.stringify(error.toProblem()));
    }
  };
};

/**
 * The token of a request that passed `requireToken`.
 *
 * @param request the request that Fastify gave to the handler
 * @returns the verified token
 * @throws TypeError when the route has no such hook
 *
 * @example
 * ```ts
 * import { createVerifier } from '@latchkey/jwt-verify';
 * import { requireToken, tokenOf } from '@latchkey/jwt-verify/fastify';
 * import { startTestIssuer } from '@latchkey/jwt-verify/testing';
 * import fastify from 'fastify';
 *
 * const issuer = await startTestIssuer();
 * const verifier = createVerifier(issuer.verifierOptions());
 * const app = fastify();
 * app.addHook('onRequest', requireToken(verifier)); // all routes
 * app.get('/me', async (request) => ({ subject: tokenOf(request).subject }));
 * ```
 */
export const tokenOf = <Claims = AccessTokenClaims>(request: object): VerifiedToken<Claims> => {
  const token = TOKENS.get(request);
  if (token === undefined) {
    throw new TypeError('this route has no token: give it onRequest: requireToken(verifier)');
  }
  return token as VerifiedToken<Claims>;
};
