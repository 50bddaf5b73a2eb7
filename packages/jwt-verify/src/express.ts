/**
 * Guards for Express 5 routes.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { bearerTokenOf } from './bearer.ts';
import { type Requirements, requirementsCheck } from './requirements.ts';
import { type Guard, markGuard } from './route-guards.ts';
import type { AccessTokenClaims, VerifiedToken } from './token.ts';
import { KeysUnavailableError, refuseWith } from './token-error.ts';
import type { Verifier } from './verifier.ts';

export type { Requirements } from './requirements.ts';
export { assertEveryRouteIsGuarded, type Guard } from './route-guards.ts';

declare global {
  namespace Express {
    interface Request {
      /** The token that the guard of this route verified; see `tokenOf`. */
      auth?: VerifiedToken;
    }
  }
}

type GuardedRequest = IncomingMessage & { originalUrl?: string; auth?: VerifiedToken };

/**
 * Let a request pass only with a valid token, which is then in `req.auth`. Every failure goes to
 * `next(error)` as a TokenError.
 *
 * @param requirements scopes (all needed), roles (one is enough), and a check of your own
 *
 * @example
 * ```ts
 * import { createVerifier } from '@latchkey/jwt-verify';
 * import { requireToken, tokenOf } from '@latchkey/jwt-verify/express';
 * import { startTestIssuer } from '@latchkey/jwt-verify/testing';
 * import express from 'express';
 *
 * const issuer = await startTestIssuer();
 * const verifier = createVerifier(issuer.verifierOptions());
 * const app = express();
 * app.get('/todo', requireToken(verifier, { scope: 'todo:read' }), (req, res) => {
 *   res.send(tokenOf(req).subject);
 * });
 * const server = app.listen(0, async () => {
 *   const { port } = server.address();
 *   const authorization = `Bearer ${issuer.mint({ claims: { scope: 'todo:read' } })}`;
 *   const answer = await fetch(`http://127.0.0.1:${port}/todo`, { headers: { authorization } });
 *   console.log(await answer.text()); // test-user
 *   process.exit();
 * });
 * ```
 */
export const requireToken = <Claims = AccessTokenClaims>(
  verifier: Verifier<Claims>,
  requirements: Requirements<Claims> = {},
): Guard => guardWith(verifier, requirements, 'token');

/**
 * Take a token if one comes: without one the request passes with no `req.auth`. A bad token is
 * refused as ever.
 */
export const optionalToken = <Claims = AccessTokenClaims>(verifier: Verifier<Claims>): Guard =>
  guardWith(verifier, {}, 'optional');

/** Say that a route is meant for everybody. */
export const publicRoute: Guard = markGuard((_request, _response, next) => next(), 'public');

/**
 * The token of a request that passed `requireToken`.
 *
 * @throws {TypeError} when no guard stands before the route
 */
export const tokenOf = <Claims = AccessTokenClaims>(request: {
  readonly auth?: VerifiedToken | undefined;
}): VerifiedToken<Claims> => {
  if (request.auth === undefined) {
    throw new TypeError('this route has no token: put requireToken(verifier) before it');
  }
  return request.auth as VerifiedToken<Claims>;
};

const guardWith = <Claims>(
  verifier: Verifier<Claims>,
  requirements: Requirements<Claims>,
  kind: 'token' | 'optional',
): Guard => {
  const refuse = refuseWith(verifier.challenge);
  const check = requirementsCheck(requirements, refuse);
  const pass = (request: GuardedRequest, verified: VerifiedToken<Claims>): void => {
    check?.(verified);
    request.auth = verified as VerifiedToken;
  };
  return markGuard((request: GuardedRequest, _response, next) => {
    let token: string | undefined;
    try {
      token = bearerTokenOf(request.rawHeaders, request.originalUrl ?? request.url, refuse);
      if (token !== undefined) pass(request, verifier.verifySync(token));
      else if (kind === 'token') throw refuse('token_missing');
    } catch (error) {
      if (!(error instanceof KeysUnavailableError) || token === undefined) return next(error);
      return void verifier.verify(token).then((verified) => {
        try {
          pass(request, verified);
        } catch (refused) {
          return next(refused);
        }
        next();
      }, next);
    }
    next();
  }, kind);
};
