/**
 * Guards for Express 5 routes.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { bearerTokenOf } from './bearer.ts';
import { keepToken, keptToken } from './request-token.ts';
import { requirementsCheck } from './requirements.ts';
import { type Guard, markGuard, type TokenGuard } from './route-guards.ts';
import type { AccessTokenClaims, VerifiedToken } from './token.ts';
import { KeysUnavailableError, refuseWith } from './token-error.ts';
import { type GuardOptions, type TokenFrom, tokenFinder } from './token-from.ts';
import type { Verifier } from './verifier.ts';

export type { Requirements, Standing, StandingOf } from './requirements.ts';
export {
  assertEveryRouteIsGuarded,
  defineGuard,
  type Guard,
  type TokenGuard,
} from './route-guards.ts';
export type { GuardOptions, TokenFrom } from './token-from.ts';

/**
 * Let a request pass only with a valid token, which the route gets by `tokenOf(req)`. Every failure
 * goes to `next(error)` as a TokenError.
 *
 * @param options scopes (all needed), roles (one is enough), a check of your own, and where the
 *   token is
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
export const requireToken = <
  Claims = AccessTokenClaims,
  Req extends IncomingMessage = IncomingMessage,
>(
  verifier: Verifier<Claims>,
  options: GuardOptions<Claims, Req> = {},
): TokenGuard => {
  const { scope, role } = options;
  const requirements = { ...(scope && { scope }), ...(role && { role }) };
  return Object.assign(guardWith(verifier, options, 'token'), { requirements });
};

/**
 * Take a token if one comes, which the route gets by `optionalTokenOf(req)`. A bad token is refused
 * as ever.
 */
export const optionalToken = <
  Claims = AccessTokenClaims,
  Req extends IncomingMessage = IncomingMessage,
>(
  verifier: Verifier<Claims>,
  options: { readonly tokenFrom?: TokenFrom<Req> } = {},
): Guard => guardWith(verifier, options, 'optional');

/** Say that a route is meant for everybody. */
export const publicRoute: Guard = markGuard((_request, _response, next) => next(), 'public');

/**
 * The token of a request that passed `requireToken`. It is also in `req.auth`, typed by
 * `import '@latchkey/jwt-verify/express-types'`, but other libraries write there too.
 *
 * @throws {TypeError} when no guard stands before the route
 */
export const tokenOf = <Claims = AccessTokenClaims>(request: object): VerifiedToken<Claims> => {
  const token = optionalTokenOf<Claims>(request);
  if (token === undefined) {
    throw new TypeError('this route has no token: put requireToken(verifier) before it');
  }
  return token;
};

/** The token of a request, or `undefined` where none came: for routes behind `optionalToken`. */
export const optionalTokenOf = <Claims = AccessTokenClaims>(
  request: object,
): VerifiedToken<Claims> | undefined => keptToken(request) as VerifiedToken<Claims> | undefined;

const guardWith = <Claims, Req extends IncomingMessage>(
  verifier: Verifier<Claims>,
  options: GuardOptions<Claims, Req>,
  kind: 'token' | 'optional',
): Guard => {
  const refuse = refuseWith(verifier.challenge);
  const findToken = tokenFinder(options.tokenFrom, bearerTokenOf, refuse);
  const check = requirementsCheck(options, refuse);
  const guard = (request: Req, _response: unknown, next: Next): void => {
    let token: string | undefined;
    let late: Promise<VerifiedToken<Claims>> | undefined;
    try {
      token = findToken(request);
      if (token === undefined) {
        if (kind === 'token') throw refuse('token_missing');
      } else {
        const verified = verifier.verifySync(token);
        late = check?.(verified)?.then(() => verified);
        if (late === undefined) keepToken(request, verified);
      }
    } catch (error) {
      if (token === undefined || !KeysUnavailableError.is(error)) return void next(asError(error));
      late = verifier.verify(token).then(async (verified) => {
        await check?.(verified);
        return verified;
      });
    }
    if (late === undefined) return void next();
    late
      .then((verified) => keepToken(request, verified))
      .then(
        () => next(),
        (error) => next(asError(error)),
      );
  };
  return markGuard(guard as Guard, kind);
};

type Next = (error?: unknown) => void;

/** To Express `next(undefined)` and `next('route')` are no failures, and a check may throw either. */
const asError = (thrown: unknown): unknown =>
  typeof thrown === 'object' && thrown !== null
    ? thrown
    : new Error('the check of a token threw a value that is no error', { cause: thrown });
