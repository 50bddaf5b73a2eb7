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
import { refuseWith, TokenError } from './token-error.ts';
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
 * Let a request pass only with a valid bearer token (RFC 6750), which the route gets by `tokenOf(req)`.
 * The guard never throws: a TokenError goes to `next(error)`, with the status and the headers
 * that Express answers with.
 *
 * @param verifier made by `createVerifier`
 * @param options scopes (all needed), roles (one is enough), a check of your own, and where the token
 *   is when it is not in `Authorization`
 * @returns the guard, to put before a handler
 *
 * @example
 * ```ts
 * import { createVerifier } from '@latchkey/jwt-verify';
 * import { requireToken, tokenOf } from '@latchkey/jwt-verify/express';
 * import { startTestIssuer } from '@latchkey/jwt-verify/testing';
 * import express from 'express';
 * import { once } from 'node:events';
 * import type { AddressInfo } from 'node:net';
 *
 * const issuer = await startTestIssuer();
 * const verifier = createVerifier(issuer.verifierOptions());
 * const app = express();
 * app.get('/todo', requireToken(verifier, { scope: 'todo:read' }), (req, res) => {
 *   res.send(tokenOf(req).subject);
 * });
 * const server = app.listen(0);
 * await once(server, 'listening');
 * const { port } = server.address() as AddressInfo;
 * const authorization = `Bearer ${issuer.mint({ claims: { scope: 'todo:read' } })}`;
 * const answer = await fetch(`http://127.0.0.1:${port}/todo`, { headers: { authorization } });
 * console.log(await answer.text()); // test-user
 * server.close();
 * server.closeAllConnections();
 * ```
 */
export const requireToken = <
  Claims = AccessTokenClaims,
  Req extends IncomingMessage = IncomingMessage,
>(
  verifier: Verifier<Claims>,
  options: GuardOptions<Claims, Req> = {},
): TokenGuard => {
  const { scope, role, maxAuthAgeSeconds, acr } = options;
  const requirements = {
    ...(scope && { scope }),
    ...(role && { role }),
    ...(maxAuthAgeSeconds && { maxAuthAgeSeconds }),
    ...(acr && { acr }),
  };
  return Object.assign(guardWith(verifier, options, 'token'), { requirements });
};

/**
 * Let a request pass without a token or with a valid one, which the route gets by
 * `optionalTokenOf(req)`. A bad token is refused as by `requireToken`.
 *
 * @param verifier made by `createVerifier`
 * @param options where the token is when it is not in `Authorization`
 * @returns the guard, to put before a handler
 *
 * @example
 * ```ts
 * import { createVerifier } from '@latchkey/jwt-verify';
 * import { optionalToken, optionalTokenOf } from '@latchkey/jwt-verify/express';
 * import { startTestIssuer } from '@latchkey/jwt-verify/testing';
 * import express from 'express';
 *
 * const issuer = await startTestIssuer();
 * const verifier = createVerifier(issuer.verifierOptions());
 * const app = express();
 * app.get('/news', optionalToken(verifier), (req, res) => {
 *   res.send(`Good morning, ${optionalTokenOf(req)?.subject ?? 'stranger'}`);
 * });
 * ```
 */
export const optionalToken = <
  Claims = AccessTokenClaims,
  Req extends IncomingMessage = IncomingMessage,
>(
  verifier: Verifier<Claims>,
  options: { readonly tokenFrom?: TokenFrom<Req> } = {},
): Guard => guardWith(verifier, options, 'optional');

/**
 * Mark a route as open to all, so that `assertEveryRouteIsGuarded` accepts it.
 *
 * @example
 * ```ts
 * import { assertEveryRouteIsGuarded, publicRoute } from '@latchkey/jwt-verify/express';
 * import express from 'express';
 *
 * const app = express();
 * app.get('/', publicRoute, (_req, res) => res.send('Hello'));
 * assertEveryRouteIsGuarded(app);
 * ```
 */
export const publicRoute: Guard = markGuard((_request, _response, next) => next(), 'public');

/**
 * The token of a request that passed `requireToken`. It is also in `req.auth`, typed by
 * `import '@latchkey/jwt-verify/express-types'`, but other libraries write there too.
 *
 * @param request the request that Express gave to the handler
 * @returns the verified token
 * @throws TypeError when no guard stands before the route
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
 * app.get('/me', requireToken(verifier), (req, res) => {
 *   const { subject, scopes, roles } = tokenOf(req);
 *   res.json({ subject, scopes, roles });
 * });
 * ```
 */
export const tokenOf = <Claims = AccessTokenClaims>(request: object): VerifiedToken<Claims> => {
  const token = optionalTokenOf<Claims>(request);
  if (token === undefined) {
    throw new TypeError('this route has no token: put requireToken(verifier) before it');
  }
  return token;
};

/**
 * The token of a request, for routes behind `optionalToken`.
 *
 * @param request the request that Express gave to the handler
 * @returns the verified token, or `undefined` when none came
 *
 * @example
 * ```ts
 * import { createVerifier } from '@latchkey/jwt-verify';
 * import { optionalToken, optionalTokenOf } from '@latchkey/jwt-verify/express';
 * import { startTestIssuer } from '@latchkey/jwt-verify/testing';
 * import express from 'express';
 *
 * const issuer = await startTestIssuer();
 * const verifier = createVerifier(issuer.verifierOptions());
 * const app = express();
 * app.get('/news', optionalToken(verifier), (req, res) => {
 *   res.json({ isPersonal: optionalTokenOf(req) !== undefined });
 * });
 * ```
 */
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
      if (token === undefined || !isWorthWaiting(error)) return void next(asError(error));
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

/** Whether a fetch under way may cure it. */
const isWorthWaiting = (error: unknown): boolean =>
  TokenError.is(error) && error.wait !== undefined;

type Next = (error?: unknown) => void;

/** To Express `next(undefined)` and `next('route')` are no failures, and a check may throw either. */
const asError = (thrown: unknown): unknown =>
  typeof thrown === 'object' && thrown !== null
    ? thrown
    : new Error('the check of a token threw a value that is no error', { cause: thrown });
