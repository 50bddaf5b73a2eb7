import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';

/** What every scope belongs to and says, out of all services' `service.json`. */
export interface ScopeCatalog {
  /** Every scope, in the order of the services. */
  scopes: readonly string[];
  /** Scope -> the audience it is for. */
  audienceByScope: ReadonlyMap<string, string>;
  audiences: ReadonlySet<string>;
  /** First path segment -> audience, for RFC 8707's `resource`. */
  audienceByRoute: ReadonlyMap<string, string>;
}

/** Scopes that only people with a role may have, and only when they ask for them. */
const ROLE_BY_SCOPE: ReadonlyMap<string, string> = new Map([['admin', 'admin']]);

export function scopeCatalog(services: readonly ServiceJson[]): ScopeCatalog {
  const audienceByScope = new Map<string, string>();
  const audienceByRoute = new Map<string, string>();
  const audiences = new Set<string>();
  for (const { name, audience = name, scopes, routes } of services) {
    for (const scope of Object.keys(scopes)) audienceByScope.set(scope, audience);
    if (Object.keys(scopes).length === 0) continue;
    audiences.add(audience);
    for (const route of routes) audienceByRoute.set(route, audience);
  }
  return { scopes: [...audienceByScope.keys()], audienceByScope, audiences, audienceByRoute };
}

/** The audiences that scopes belong to, each once. */
export function audiencesOf(catalog: ScopeCatalog, scopes: readonly string[]): string[] {
  return [...new Set(scopes.flatMap((scope) => catalog.audienceByScope.get(scope) ?? []))].sort();
}

/** Whether a token carries the scope only when it was asked for by name. */
export const isByNameOnly = (scope: string): boolean => ROLE_BY_SCOPE.has(scope);

/** Whether a person with these roles may have a scope. */
export function isForRoles(scope: string, roles: readonly string[]): boolean {
  const role = ROLE_BY_SCOPE.get(scope);
  return role === undefined || roles.includes(role);
}

/** Whether a client may have a scope. Our own clients are not held to a list, unless they have one. */
export const mayHaveScope = (
  { scopes, firstParty }: { scopes: readonly string[]; firstParty: boolean },
  scope: string,
): boolean => scopes.includes(scope) || (firstParty && scopes.length === 0);
