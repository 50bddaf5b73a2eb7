/**
 * Guards for handlers that take a `Request` and return a `Response`: Hono, Next and the like.
 *
 * @module
 */
import { authenticateWith } from './authenticate.ts';
import { tokenIn } from './bearer.ts';
import type { AccessTokenClaims, VerifiedToken } from './token.ts';
import { type Refuse, TokenError } from './token-error.ts';
import type { GuardOptions } from './token-from.ts';
import type { Verifier } from './verifier.ts';

export type { Requirements, Standing, StandingOf } from './requirements.ts';
export type { GuardOptions, TokenFrom } from './token-from.ts';

/**
 * Verify the bearer token of a Request (RFC 6750).
 *
 * @param verifier made by `createVerifier`
 * @param request the request; its body is not read
 * @param options scopes (all needed), roles (one is enough), a check of your own, and where the token
 *   is when it is not in `Authorization`
 * @returns the verified token
 * @throws a {@link TokenError}: `token_missing`, or any other refusal; answer it with `toResponse`
 *
 * @example
 * ```ts
 * import { createVerifier } from '@latchkey/jwt-verify';
 * import { authenticateRequest, toResponse } from '@latchkey/jwt-verify/fetch';
 * import { startTestIssuer } from '@latchkey/jwt-verify/testing';
 *
 * const issuer = await startTestIssuer();
 * const verifier = createVerifier(issuer.verifierOptions());
 * const handler = async (request: Request): Promise<Response> => {
 *   try {
 *     const token = await authenticateRequest(verifier, request, { scope: 'todo:read' });
 *     return new Response(token.subject);
 *   } catch (error) {
 *     return toResponse(error);
 *   }
 * };
 * const answer = await handler(new Request('http://localhost/'));
 * console.log(answer.status); // 401
 * ```
 */
export const authenticateRequest = async <Claims = AccessTokenClaims>(
  verifier: Verifier<Claims>,
  request: Request,
  options: GuardOptions<Claims, Request> = {},
): Promise<VerifiedToken<Claims>> => authenticateWith(verifier, options, bearerTokenOf)(request);

/** Headers join what came twice by a comma, and no bearer token has one: it is refused. */
const bearerTokenOf = ({ headers, url }: Request, refuse: Refuse): string | undefined => {
  const credentials = headers.get('authorization');
  return credentials === null ? undefined : tokenIn(credentials, url, refuse);
};

/**
 * The answer for a TokenError: `application/problem+json` (RFC 9457), with its status and headers.
 *
 * @param error what was caught
 * @returns the response
 * @throws the error itself when it is not a {@link TokenError}
 *
 * @example
 * ```ts
 * import { createVerifier } from '@latchkey/jwt-verify';
 * import { toResponse } from '@latchkey/jwt-verify/fetch';
 * import { startTestIssuer } from '@latchkey/jwt-verify/testing';
 *
 * const issuer = await startTestIssuer();
 * const verifier = createVerifier(issuer.verifierOptions());
 * const answer = await verifier
 *   .verify('not a token')
 *   .then((token) => new Response(token.subject), toResponse);
 * console.log(answer.status); // 401
 * ```
 */
export const toResponse = (error: unknown): Response => {
  if (!TokenError.is(error)) throw error;
  return new Response(JSON.stringify(error.toProblem()), {
    status: error.status,
    headers: { ...error.headers, 'Content-Type': 'application/problem+json' },
  });
};

/**
 * Make a handler that is called only for a valid bearer token (RFC 6750); any other request is answered
 * with the problem (RFC 9457).
 *
 * @param verifier made by `createVerifier`
 * @param handler gets the verified token as its second argument
 * @param options scopes (all needed), roles (one is enough), a check of your own, and where the token
 *   is when it is not in `Authorization`
 * @returns the handler, for a server that takes `(request) => Response`
 *
 * @example
 * ```ts
 * import { createVerifier } from '@latchkey/jwt-verify';
 * import { withToken } from '@latchkey/jwt-verify/fetch';
 * import { startTestIssuer } from '@latchkey/jwt-verify/testing';
 *
 * const issuer = await startTestIssuer();
 * const verifier = createVerifier(issuer.verifierOptions());
 * const handler = withToken(verifier, (_request, token) => new Response(token.subject));
 * const refused = await handler(new Request('http://localhost/'));
 * console.log(refused.status); // 401
 * await issuer.close();
 * ```
 */
export const withToken = <Claims = AccessTokenClaims, Rest extends unknown[] = []>(
  verifier: Verifier<Claims>,
  handler: (
    request: Request,
    token: VerifiedToken<Claims>,
    ...rest: Rest
  ) => Response | Promise<Response>,
  options: GuardOptions<Claims, Request> = {},
): ((request: Request, ...rest: Rest) => Promise<Response>) => {
  const authenticate = authenticateWith(verifier, options, bearerTokenOf);
  return async (request, ...rest) => {
    let token: VerifiedToken<Claims>;
    try {
      token = await authenticate(request);
    } catch (error) {
      return toResponse(error);
    }
    return handler(request, token, ...rest);
  };
};
