import type { LookUpLiveToken, ReadToken } from '../access/live-token.ts';
import { authenticationOf, claimsOf, isMeantFor } from '../access/token-claims.ts';
import { OAuthProblem } from '../errors.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import type { Prove } from './grant.ts';
import { invalid, type TokenParameters } from './token-request.ts';

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';

interface Dependencies {
  /** Reads tokens for any service here. */
  readToken: ReadToken;
  lookUpLiveToken: LookUpLiveToken;
  catalog: CurrentCatalog;
}

/**
 * RFC 8693: a service that received a person's token asks for one for the next service. The new
 * token speaks for the same person, names who acts, does not live longer, and reaches no further
 * than the scopes of the first, or what they stand for by the service's own `service.json`.
 */
export function exchangeGrant({ readToken, lookUpLiveToken, catalog }: Dependencies): Prove {
  return async ({ parameters, client }) => {
    if (client.authentication === 'none') throw new OAuthProblem('unauthorized_client');
    checkTypes(parameters);
    const token = await readToken(parameters.require('subject_token'));
    // Only a service that the token is meant for may exchange it.
    if (!token || !isMeantFor(token, client)) throw new OAuthProblem('invalid_grant');
    const audiences = parameters.all('audience');
    if (parameters.all('resource').length + audiences.length === 0) {
      throw invalid('audience or resource is missing.');
    }
    // The person as they are now: roles may have changed, the account or session may have ended.
    const { subject, scopes } = (await lookUpLiveToken(token)) ?? {};
    if (subject?.kind !== 'person' || !scopes) throw new OAuthProblem('invalid_grant');
    // One that no login stands behind was signed by another holder of the shared secret.
    const sessionId = claimsOf(token)?.sid;
    if (sessionId === undefined) throw new OAuthProblem('invalid_grant');
    const { act: before } = token.claims;
    const { audienceByScope, exchangesByScope } = catalog();
    // A scope stands for others at the service that it belongs to, and at no other in `aud`.
    const own = scopes.filter((scope) => audienceByScope.get(scope) === client.audience);
    const basisOf = (wanted: string) =>
      scopes.includes(wanted)
        ? wanted
        : own.find((scope) => exchangesByScope.get(scope)?.includes(wanted));
    return {
      subject,
      wasGranted: (scope) => basisOf(scope) !== undefined,
      audiences,
      session: {
        do: 'reuse',
        id: sessionId,
        person: subject,
        basisOf: (granted) => granted.flatMap((scope) => basisOf(scope) ?? []),
      },
      audit: {
        type: 'token.exchanged',
        actor: client.id,
        details: (granted) => ({
          audiences: [...granted.audiences],
          scope: granted.scopes.join(' '),
        }),
      },
      authentication: authenticationOf(token),
      act: { sub: client.id, ...(isObject(before) ? { act: before } : {}) },
      notAfter: token.expiresAt,
      issuedTokenType: ACCESS_TOKEN,
    };
  };
}

function checkTypes(parameters: TokenParameters): void {
  const given = parameters.require('subject_token_type');
  if (given !== ACCESS_TOKEN && given !== JWT)
    throw invalid('subject_token_type is not supported.');
  const wanted = parameters.get('requested_token_type') ?? ACCESS_TOKEN;
  if (wanted !== ACCESS_TOKEN && wanted !== JWT) {
    throw invalid('requested_token_type is not supported.');
  }
  if (parameters.get('actor_token') !== undefined) throw invalid('actor_token is not supported.');
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
