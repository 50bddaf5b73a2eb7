/**
 * Guards for Fetch-style handlers: Hono, Next, Deno-like servers on Node.
 *
 * @module
 */
import { authenticateWith } from './authenticate.ts';
import type { Requirements } from './requirements.ts';
import type { AccessTokenClaims, VerifiedToken } from './token.ts';
import { TokenError } from './token-error.ts';
import type { Verifier } from './verifier.ts';

export type { Requirements } from './requirements.ts';

/**
 * Verify the token of a Request.
 *
 * @throws {TokenError} turn it into an answer with `toResponse`
 */
export const authenticateRequest = async <Claims = AccessTokenClaims>(
  verifier: Verifier<Claims>,
  request: Request,
  requirements: Requirements<Claims> = {},
): Promise<VerifiedToken<Claims>> => {
  // Headers join what came twice by a comma, and no bearer token has one: it is refused.
  const credentials = request.headers.get('authorization');
  const rawHeaders = credentials === null ? [] : ['authorization', credentials];
  return authenticateWith(verifier, requirements)(rawHeaders, request.url);
};

/** The answer for a TokenError; anything else is thrown on. */
export const toResponse = (error: unknown): Response => {
  if (!(error instanceof TokenError)) throw error;
  return new Response(JSON.stringify(error.toProblem()), {
    status: error.status,
    headers: { ...error.headers, 'Content-Type': 'application/problem+json' },
  });
};

/** Make a handler that is called only with a valid token, which it gets as its second argument. *
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
    requirements: Requirements<Claims> = {},
  ): ((request: Request, ...rest: Rest) => Promise<Response>) =>
  async (request, ...rest) => {
    let token: VerifiedToken<Claims>;
    try {
      token = await authenticateRequest(verifier, request, requirements);
    } catch (error) {
      return toResponse(error);
    }
    return handler(request, token, ...rest);
  };
