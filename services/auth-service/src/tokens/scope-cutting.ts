import { type Client, mayHaveScope } from '../clients/client-repository.ts';
import { OAuthProblem } from '../errors.ts';
import {
  audiencesOf,
  isByNameOnly,
  isForRoles,
  type ScopeCatalog,
} from '../scopes/scope-catalog.ts';
import type { Subject } from './access-token.ts';

export interface Wish {
  /** Undefined for "whatever I may have", which leaves out what must be named. */
  scopes: readonly string[] | undefined;
  /** RFC 8707: only for these. Empty for "whatever the scopes are for". */
  audiences: readonly string[];
}

export interface Ceiling {
  client: Client;
  subject: Subject;
  /** What was granted before, which this may not go beyond. */
  granted?: readonly string[] | undefined;
}

/**
 * Cuts a wish to what the client and the person may have; the audience follows from what is left.
 *
 * @throws OAuthProblem `invalid_scope` when nothing is left
 */
export function cutScopes(
  catalog: ScopeCatalog,
  wish: Wish,
  { client, subject, granted }: Ceiling,
) {
  const scopes = catalog.scopes.filter(
    (scope) =>
      (wish.scopes?.includes(scope) ?? !isByNameOnly(scope)) &&
      mayHaveScope(client, scope) &&
      (granted?.includes(scope) ?? true) &&
      (subject.kind === 'client' || isForRoles(scope, subject.roles)) &&
      isForOneOf(wish.audiences, catalog.audienceByScope.get(scope)),
  );
  if (scopes.length === 0) throw new OAuthProblem('invalid_scope');
  return { scopes, audiences: audiencesOf(catalog, scopes) };
}

const isForOneOf = (audiences: readonly string[], audience: string | undefined): boolean =>
  audiences.length === 0 || (audience !== undefined && audiences.includes(audience));

/**
 * The audiences that `resource` (an address here, RFC 8707 §2) and `audience` (a service's name,
 * RFC 8693 §2.1) ask for.
 *
 * @throws OAuthProblem `invalid_target`
 */
export function targetsOf(
  catalog: ScopeCatalog,
  issuer: string,
  { resources, audiences }: { resources: readonly string[]; audiences: readonly string[] },
): string[] {
  const named = audiences.map((audience) =>
    catalog.audiences.has(audience) ? audience : undefined,
  );
  const placed = resources.map((resource) => audienceAt(catalog, issuer, resource));
  return [...named, ...placed].map((audience) => {
    if (audience === undefined) throw new OAuthProblem('invalid_target');
    return audience;
  });
}

function audienceAt(catalog: ScopeCatalog, issuer: string, resource: string): string | undefined {
  if (!URL.canParse(resource) || resource.includes('#')) return undefined;
  const { origin, pathname } = new URL(resource);
  if (origin !== new URL(issuer).origin) return undefined;
  for (const [route, audience] of catalog.audienceByRoute) {
    if (pathname === route || pathname.startsWith(`${route}/`)) return audience;
  }
  return undefined;
}
