/**
 * Guards for Fetch-style handlers: Hono, Next, Deno-like servers on Node.
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
 * Verify the token of a Request.
 *
 * @throws {TokenError} turn it into an answer with `toResponse`
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

/** The answer for a TokenError; anything else is thrown on. */
export const toResponse = (error: unknown): Response => {
  if (!TokenError.is(error)) throw error;
  return new Response(JSON.stringify(error.toProblem()), {
    status: error.status,
    headers: { ...error.headers, 'Content-Type': 'application/problem+json' },
  });
};

/** Make a handler that is called only with a valid token, which it gets as its second argument.
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
export const withToken =
  <Claims = AccessTokenClaims, Rest extends unknown[] = []>(
    verifier: Verifier<Claims>,
    handler: (
      request: Request,
      token: VerifiedToken<Claims>,
      ...rest: Rest
    ) => Response | Promise<Response>,
    options: GuardOptions<Claims, Request> = {},
  ): ((request: Request, ...rest: Rest) => Promise<Response>) =>
  async (request, ...rest) => {
    let token: VerifiedToken<Claims>;
    try {
      token = await authenticateRequest(verifier, request, options);
    } catch (error) {
      return toResponse(error);
    }
    return handler(request, token, ...rest);
  };
