import { assertOneToken } from './bearer.ts';
import type { Requirements, StandingOf } from './requirements.ts';
import type { Refuse } from './token-error.ts';

/**
 * Says where the token of a request is: the token without any scheme before it. An array, as Node
 * types header values, may hold one. No value means that no token came. What it throws is passed on
 * as it is.
 */
export type TokenFrom<Req> = (request: Req) => string | readonly string[] | null | undefined;

/** What a guard asks of a token, and where it finds the token. */
export interface GuardOptions<Claims, Req> extends Requirements<Claims> {
  /**
   * Where the token is, when it is not in `Authorization`: a header of a proxy, a cookie, a WebSocket
   * subprotocol. Only that place counts then; `Authorization` and the query are not looked at.
   */
  readonly tokenFrom?: TokenFrom<Req>;
  /**
   * What the holder of the token may do now, in place of the scopes and roles that the token names:
   * for a service that knows the account. `undefined` refuses the token with `token_revoked`; what
   * it throws is passed on as it is.
   */
  readonly standingOf?: StandingOf<Claims> | undefined;
}

/** Finds the token of a request; throws TokenError for credentials that can't be used. */
export type FindToken<Req> = (request: Req) => string | undefined;

/** The finder of one guard: by `tokenFrom` where that is set, else the bearer token. */
export const tokenFinder = <Req>(
  tokenFrom: TokenFrom<Req> | undefined,
  bearerTokenOf: (request: Req, refuse: Refuse) => string | undefined,
  refuse: Refuse,
): FindToken<Req> => {
  if (tokenFrom === undefined) return (request) => bearerTokenOf(request, refuse);
  return (request) => {
    const found: unknown = tokenFrom(request);
    // Header values and parsed queries are arrays where a name came twice, and objects for `?a[b]=c`.
    if (Array.isArray(found) && found.length > 1) throw refuse('credentials_repeated');
    const text: unknown = Array.isArray(found) ? found[0] : found;
    if (text === undefined || text === null || text === '') return undefined;
    if (typeof text !== 'string') throw refuse('credentials_malformed', { expected: 'a token' });
    return assertOneToken(text, refuse);
  };
};
