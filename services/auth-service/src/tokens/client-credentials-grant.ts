import { record } from '../audit/audit-repository.ts';
import { OAuthProblem } from '../errors.ts';
import { type GrantDependencies, type GrantRequest, type TokenAnswer, toAnswer } from './grant.ts';
import { cutScopes, targetsOf } from './scope-cutting.ts';

/** RFC 6749 §4.4: a client for itself. */
export async function clientCredentialsGrant(
  deps: GrantDependencies,
  { parameters, client, caller }: GrantRequest,
): Promise<TokenAnswer> {
  if (client.authentication === 'none') throw new OAuthProblem('unauthorized_client');
  const targets = targetsOf(deps.catalog, deps.issuer, {
    resources: parameters.all('resource'),
    audiences: [],
  });
  const subject = { kind: 'client', id: client.id } as const;
  const wish = { scopes: parameters.scopes, audiences: targets };
  const cut = cutScopes(deps.catalog, wish, { client, subject });
  const who = { actor: client.id, subject: client.id, clientId: client.id };
  await record(deps.db, { type: 'token.issued', ...who, caller });
  return toAnswer(deps, { subject, clientId: client.id, ...cut });
}
