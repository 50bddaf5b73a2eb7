import type { Subject } from '../access/access-token.ts';
import { OAuthProblem } from '../errors.ts';
import {
  audiencesOf,
  type CurrentCatalog,
  isByNameOnly,
  isForRoles,
  mayHaveScope,
  OFFLINE_ACCESS,
  type ScopeCatalog,
} from '../scopes/scope-catalog.ts';
import type { GrantedScopes, GrantRequest, ProvenGrant } from './grant.ts';
import type { TokenParameters } from './token-request.ts';

interface Dependencies {
  catalog: CurrentCatalog;
  issuer: string;
}

/**
 * The granted scopes: those requested that the client, the person and an earlier grant allow. The
 * audiences follow from them.
 *
 * @throws OAuthProblem `invalid_scope` for one that no service has, or when none is left; `invalid_target`
 */
export function narrowScopes(
  { catalog: current, issuer }: Dependencies,
  { parameters, client }: Pick<GrantRequest, 'parameters' | 'client'>,
  {
    subject,
    audiences = [],
    wasGranted,
    isDefault = (scope) => !isByNameOnly(scope),
  }: Pick<ProvenGrant, 'subject' | 'audiences' | 'wasGranted' | 'isDefault'>,
): GrantedScopes {
  const catalog = current();
  const targets = targetsOf(catalog, issuer, { resources: parameters.all('resource'), audiences });
  const named = parameters.scopes?.filter((scope) => scope !== OFFLINE_ACCESS);
  const unknown = named?.find((scope) => !catalog.audienceByScope.has(scope));
  if (unknown !== undefined) {
    const detail = `No service has the scope ${unknown.slice(0, 100)}.`;
    throw new OAuthProblem('invalid_scope', { detail });
  }
  const addsToDefault =
    named === undefined || (client.followsScopes && followsScopes(client, parameters));
  const isRequested = (scope: string) =>
    (named?.includes(scope) || (addsToDefault && isDefault(scope))) &&
    isForOneOf(targets, catalog.audienceByScope.get(scope));
  const isAllowed = (scope: string) =>
    mayHaveScope(client, scope) &&
    (wasGranted?.(scope) ?? true) &&
    (subject.kind === 'client' || isForRoles(scope, subject.roles));
  const scopes = catalog.scopes.filter((scope) => isRequested(scope) && isAllowed(scope));
  if (scopes.length === 0) throw new OAuthProblem('invalid_scope');
  return { scopes, audiences: audiencesOf(catalog, scopes) };
}

/** Whether a request is for whatever scopes there will be, those that it names included. */
export const followsScopes = (
  client: Pick<GrantRequest['client'], 'firstParty' | 'followsScopes'>,
  parameters: TokenParameters,
): boolean =>
  client.firstParty &&
  (parameters.namesNothing ||
    (client.followsScopes &&
      parameters.all('resource').length === 0 &&
      parameters.scopes?.every(isByNameOnly) === true));

/**
 * What a person is asked to approve: the scopes, and `offline_access` when the client can use it; it
 * belongs to no service.
 */
export function scopesToApprove(
  deps: Dependencies,
  request: Pick<GrantRequest, 'parameters' | 'client'>,
  subject: Subject,
): string[] {
  const { scopes } = narrowScopes(deps, request, { subject });
  const { parameters, client } = request;
  const isOffline =
    parameters.scopes?.includes(OFFLINE_ACCESS) && client.grantTypes.includes('refresh_token');
  return [...scopes, ...(isOffline ? [OFFLINE_ACCESS] : [])];
}

/** No targets: any service (RFC 8707 §2). */
const isForOneOf = (targets: readonly string[], audience: string | undefined): boolean =>
  targets.length === 0 || (audience !== undefined && targets.includes(audience));

/**
 * The services that `resource` (an address here, or an audience that is one, RFC 8707 §2) and
 * `audience` (a service's name, RFC 8693 §2.1) request.
 *
 * @throws OAuthProblem `invalid_target`
 */
function targetsOf(
  catalog: ScopeCatalog,
  issuer: string,
  { resources, audiences }: { resources: readonly string[]; audiences: readonly string[] },
): string[] {
  const named = audiences.map((audience) =>
    catalog.audiences.has(audience) ? audience : undefined,
  );
  const addressed = resources.map((resource) => audienceAt(catalog, issuer, resource));
  return [...named, ...addressed].map((audience) => {
    if (audience === undefined) throw new OAuthProblem('invalid_target');
    return audience;
  });
}

function audienceAt(catalog: ScopeCatalog, issuer: string, resource: string): string | undefined {
  if (!URL.canParse(resource) || resource.includes('#')) return undefined;
  const { origin, pathname, href } = new URL(resource);
  const elsewhere = catalog.audienceByAddress.get(href);
  if (elsewhere !== undefined) return elsewhere;
  if (origin !== new URL(issuer).origin) return undefined;
  for (const [route, audience] of catalog.audienceByRoute) {
    if (pathname === route || pathname.startsWith(`${route}/`)) return audience;
  }
  return undefined;
}
