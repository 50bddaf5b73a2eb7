import { TokenError, type VerifiedToken, type Verifier } from '@latchkey/jwt-verify';
import { ExchangeRefused, type ExchangeToken } from '@latchkey/service-kit/calling/token-exchange';
import type { RequestContext } from '@latchkey/service-kit/http/request-context';

/** The token with which todo-service is asked on a person's behalf. */
export type TokenForTodoService = (auth: VerifiedToken, context: RequestContext) => Promise<string>;

/** The person's own, as it came: its audience and scopes say whether it opens todo-service too. */
export const personsOwnToken: TokenForTodoService = async (auth) => auth.token;

/** One that opens nothing but todo-service, made for this service. */
export function exchangedToken(
  exchange: ExchangeToken,
  challenge: Verifier['challenge'],
): TokenForTodoService {
  return (auth, context) =>
    exchange(auth, context).catch((error: unknown) => {
      if (!(error instanceof ExchangeRefused)) throw error;
      const scope = error.error === 'invalid_scope';
      throw scope
        ? new TokenError('scope_insufficient', { challenge, scope: 'todo:read', cause: error })
        : new TokenError('token_revoked', { challenge, cause: error });
    });
}
