/** What brings scopes and roles. */
export interface ScopeOwner {
  name: string;
  audience?: string | undefined;
  scopes: Readonly<Record<string, string>>;
  roles: Readonly<Record<string, string>>;
  routes: readonly string[];
  client?:
    | { exchanges?: Readonly<Record<string, readonly string[]>> | undefined }
    | null
    | undefined;
}

/** Every scope and role, out of all services' `service.json`. */
export interface ScopeCatalog {
  /** Every scope, in the order of the services. */
  scopes: readonly string[];
  /** Scope -> the audience it is for. */
  audienceByScope: ReadonlyMap<string, string>;
  /** Scope -> what it lets a client do. */
  descriptionByScope: ReadonlyMap<string, string>;
  /** Scope -> those of other services that its own one may exchange it for. */
  exchangesByScope: ReadonlyMap<string, readonly string[]>;
  audiences: ReadonlySet<string>;
  /** Of the audiences that are addresses: the address as URLs write it -> the audience. */
  audienceByAddress: ReadonlyMap<string, string>;
  /** First path segment -> audience, for RFC 8707's `resource`. */
  audienceByRoute: ReadonlyMap<string, string>;
  /** Every role that a person may have. */
  roles: ReadonlySet<string>;
}

/** The catalogue at this moment. */
export type CurrentCatalog = () => ScopeCatalog;

/** Scopes that only people with a role may have, and only when they ask for them. */
const ROLE_BY_SCOPE: ReadonlyMap<string, string> = new Map([['admin', 'admin']]);

/** OpenID Connect Core §5.4; scopes of this service, for its `/userinfo`. */
const IDENTITY_SCOPES: ReadonlySet<string> = new Set(['openid', 'profile', 'email']);

/** Asks for refresh tokens (OpenID Connect Core §11); no service has it, no access token carries it. */
export const OFFLINE_ACCESS = 'offline_access';

export function scopeCatalog(services: readonly ScopeOwner[]): ScopeCatalog {
  const audienceByScope = new Map<string, string>();
  const audienceByRoute = new Map<string, string>();
  const audiences = new Set<string>();
  for (const { name, audience = name, scopes, routes } of services) {
    for (const scope of Object.keys(scopes)) audienceByScope.set(scope, audience);
    if (Object.keys(scopes).length === 0) continue;
    audiences.add(audience);
    for (const route of routes) audienceByRoute.set(route, audience);
  }
  const scopes = [...audienceByScope.keys()];
  const descriptionByScope = new Map(services.flatMap((service) => Object.entries(service.scopes)));
  const exchangesByScope = new Map(
    services.flatMap(({ client }) => Object.entries(client?.exchanges ?? {})),
  );
  const audienceByAddress = new Map(
    [...audiences].filter((one) => URL.canParse(one)).map((one) => [new URL(one).href, one]),
  );
  const roles = new Set(services.flatMap((service) => Object.keys(service.roles)));
  return {
    scopes,
    audienceByScope,
    descriptionByScope,
    exchangesByScope,
    audiences,
    audienceByAddress,
    audienceByRoute,
    roles,
  };
}

/** The audiences that scopes belong to, each once. */
export function audiencesOf(catalog: ScopeCatalog, scopes: readonly string[]): string[] {
  return [...new Set(scopes.flatMap((scope) => catalog.audienceByScope.get(scope) ?? []))].sort();
}

/** Of a person's roles those that count: a service may have left that brought one. */
export const rolesOfServices = (catalog: ScopeCatalog, roles: readonly string[]): string[] =>
  roles.filter((role) => catalog.roles.has(role));

/** Whether a token carries the scope only when it was asked for by name. */
export const isByNameOnly = (scope: string): boolean =>
  ROLE_BY_SCOPE.has(scope) || IDENTITY_SCOPES.has(scope);

/** What a code or a session grants: its scopes and, where it follows, all that need not be named. */
export const grantedBefore = ({
  scope,
  followsScopes,
}: {
  scope: string;
  followsScopes: boolean;
}): ((name: string) => boolean) => {
  const names = scope.split(' ');
  return (name) => names.includes(name) || (followsScopes && !isByNameOnly(name));
};

/** Whether a person with these roles may have a scope. */
export function isForRoles(scope: string, roles: readonly string[]): boolean {
  const role = ROLE_BY_SCOPE.get(scope);
  return role === undefined || roles.includes(role);
}

/** Whether a client that nobody registered may have a scope: nothing that changes or shows the account. */
export const isForStrangers = ({ audienceByScope }: ScopeCatalog, scope: string): boolean =>
  IDENTITY_SCOPES.has(scope) || audienceByScope.get(scope) !== audienceByScope.get('openid');

/** Whether a client may have a scope. Our own clients are not held to a list, unless they have one. */
export const mayHaveScope = (
  { scopes, firstParty }: { scopes: readonly string[]; firstParty: boolean },
  scope: string,
): boolean => scopes.includes(scope) || (firstParty && scopes.length === 0);
