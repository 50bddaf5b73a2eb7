import type { VerifiedToken, Verifier } from '@latchkey/jwt-verify';
import { isMeantFor, isOfOurMaking, sessionOf } from '../access/access-token.ts';
import type { StandingOf } from '../access/standing.ts';
import { OAuthProblem } from '../errors.ts';
import type { Prove } from './grant.ts';
import { invalid, type TokenParameters } from './token-request.ts';

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';

interface Dependencies {
  /** Accepts tokens for any service here. */
  subjectVerifier: Verifier;
  standingOf: StandingOf;
}

/**
 * RFC 8693: a service that received a person's token asks for one for the next service. The new
 * token speaks for the same person, names who acts, and neither reaches further nor lives longer.
 */
export function exchangeGrant({ subjectVerifier, standingOf }: Dependencies): Prove {
  return async ({ parameters, client }) => {
    if (client.authentication === 'none') throw new OAuthProblem('unauthorized_client');
    checkTypes(parameters);
    const token = await readSubjectToken(subjectVerifier, parameters.require('subject_token'));
    // Only a service that the token is meant for may exchange it.
    if (!isMeantFor(token, client)) throw new OAuthProblem('invalid_grant');
    const audiences = parameters.all('audience');
    if (parameters.all('resource').length + audiences.length === 0) {
      throw invalid('audience or resource is missing.');
    }
    // The person as they are now: roles may have changed, the account or session may have ended.
    const { subject, scopes } = (await standingOf(token)) ?? {};
    if (subject?.kind !== 'person' || !scopes) throw new OAuthProblem('invalid_grant');
    const { act: before } = token.claims;
    return {
      subject,
      grantedBefore: scopes,
      audiences,
      session: { do: 'nothing', id: sessionOf(token) },
      audit: {
        type: 'token.exchanged',
        actor: client.id,
        details: (granted) => ({
          audiences: [...granted.audiences],
          scope: granted.scopes.join(' '),
        }),
      },
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

async function readSubjectToken(verifier: Verifier, text: string): Promise<VerifiedToken> {
  const token = await verifier.verify(text).catch((error: { status?: number }) => {
    if (error.status === 503) throw error;
    throw new OAuthProblem('invalid_grant', { cause: error });
  });
  if (!isOfOurMaking(token)) throw new OAuthProblem('invalid_grant');
  return token;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
