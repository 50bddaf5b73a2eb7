import type { VerifiedToken } from '@latchkey/jwt-verify';
import { record } from '../audit/audit-repository.ts';
import { OAuthProblem } from '../errors.ts';
import { isOfOurMaking, sessionOf } from './access-token.ts';
import { type GrantDependencies, type GrantRequest, type TokenAnswer, toAnswer } from './grant.ts';
import { cutScopes, targetsOf } from './scope-cutting.ts';
import { invalid } from './token-request.ts';

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';

/**
 * RFC 8693: a service that was sent a person's token asks for one for the next service. It speaks
 * for the same person, says who acts, reaches no further and lives no longer.
 */
export async function exchangeGrant(
  deps: GrantDependencies,
  request: GrantRequest,
): Promise<TokenAnswer> {
  const { parameters, client, caller } = request;
  if (client.authentication === 'none') throw new OAuthProblem('unauthorized_client');
  checkTypes(request);
  const token = await readSubjectToken(deps, parameters.require('subject_token'));
  // Only who was sent the token may exchange it.
  const sentTo = [token.claims.aud ?? []].flat();
  if (client.audience === null || !sentTo.includes(client.audience))
    throw new OAuthProblem('invalid_grant');

  const targets = targetsOf(deps.catalog, deps.issuer, {
    resources: parameters.all('resource'),
    audiences: parameters.all('audience'),
  });
  if (targets.length === 0) throw invalid('audience or resource is missing.');
  const { subject, scopes: granted } = await personBehind(deps, token);
  const wish = { scopes: parameters.scopes, audiences: targets };
  const cut = cutScopes(deps.catalog, wish, { client, subject, granted });
  const { act: before } = token.claims;
  const act = { sub: client.id, ...(isObject(before) ? { act: before } : {}) };
  const details = { audiences: cut.audiences, scope: cut.scopes.join(' ') };
  const who = { actor: client.id, subject: subject.username, clientId: client.id };
  await record(deps.db, { type: 'token.exchanged', ...who, caller, details });
  const answer = toAnswer(deps, {
    subject,
    clientId: client.id,
    ...cut,
    act,
    sessionId: sessionOf(token),
    notAfter: token.expiresAt,
  });
  return { ...answer, issued_token_type: ACCESS_TOKEN };
}

function checkTypes({ parameters }: GrantRequest): void {
  const given = parameters.require('subject_token_type');
  if (given !== ACCESS_TOKEN && given !== JWT)
    throw invalid('subject_token_type is not supported.');
  const wanted = parameters.get('requested_token_type') ?? ACCESS_TOKEN;
  if (wanted !== ACCESS_TOKEN && wanted !== JWT) {
    throw invalid('requested_token_type is not supported.');
  }
  if (parameters.get('actor_token') !== undefined) throw invalid('actor_token is not supported.');
}

async function readSubjectToken({ subjectVerifier }: GrantDependencies, text: string) {
  const token = await subjectVerifier.verify(text).catch((error: { status?: number }) => {
    if (error.status === 503) throw error;
    throw new OAuthProblem('invalid_grant', { cause: error });
  });
  if (!isOfOurMaking(token)) throw new OAuthProblem('invalid_grant');
  return token;
}

/** As the person is now: roles may have changed, the account or the session may have ended. */
async function personBehind({ standingOf }: GrantDependencies, token: VerifiedToken) {
  const { subject, scopes } = (await standingOf(token)) ?? {};
  if (subject?.kind !== 'person' || !scopes) throw new OAuthProblem('invalid_grant');
  return { subject, scopes };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
