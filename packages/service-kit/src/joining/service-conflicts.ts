import { RESOURCE_METADATA_PATH } from './resource-metadata.ts';

/** What a service claims for itself in its `service.json`. */
interface Claimant {
  name: string;
  /** None for a service of another repository. */
  port?: number | undefined;
  url?: string | undefined;
  role?: 'gateway' | 'issuer' | undefined;
  routes: readonly string[];
  audience?: string | undefined;
  scopes: Readonly<Record<string, string>>;
  roles: Readonly<Record<string, string>>;
  cookies?: readonly string[] | undefined;
  database?: string | undefined;
}

/** What the issuer itself gives people and goes by. */
const ISSUER_ROLES = ['user', 'admin'];

/** Paths with a fixed meaning at the public address. */
const RESERVED = {
  gateway: [
    ...['/healthz', '/readyz', '/metrics', '/openapi.json', '/docs', '/session', '/system'],
    RESOURCE_METADATA_PATH,
    // Those of the browser app.
    ...['/todos', '/support', '/account', '/administration', '/assets'],
  ],
  issuer: [
    ...['/.well-known', '/authorize', '/par', '/logout', '/token', '/revoke'],
    ...['/device', '/device_authorization'],
    ...['/sign-in', '/sign-up', '/consent', '/apps', '/security'],
    ...['/email', '/verify-email', '/forgot-password', '/reset-password'],
    ...['/introspect', '/userinfo', '/register', '/users', '/sessions', '/status-lists', '/admin'],
  ],
};

/** Services that cannot stand side by side; the message is one line that says what to change. */
export class ServiceConflict extends Error {
  override name = 'ServiceConflict';
  /** What is in conflict, without what to change. */
  readonly conflict: string;

  constructor(conflict: string, toChange: 'one' | 'its') {
    super(`${conflict}: change ${toChange} service.json`);
    this.conflict = conflict;
  }
}

/**
 * Whether the services can stand side by side: what each claims is its own.
 *
 * @throws ServiceConflict
 */
export function assertNoConflicts(services: readonly Claimant[]): void {
  assertUnique(services, 'role', ({ role }) => (role ? [role] : []));
  assertUnique(services, 'name', ({ name }) => [name]);
  assertUnique(services, 'port', ({ port, url }) => (url || !port ? [] : [String(port)]));
  assertUnique(services, 'database', ({ database }) => (database ? [database] : []));
  // A service's name is the client that it is, so that no other may have it as audience.
  assertUnique(services, 'audience', ({ name, audience = name }) => [...new Set([name, audience])]);
  assertUnique(services, 'scope prefix', ({ scopes }) => scopePrefixes(Object.keys(scopes)));
  assertUnique(services, 'role of people', ({ roles }) => Object.keys(roles));
  assertUnique(services, 'cookie', ({ cookies = [] }) => [...new Set(cookies.map(bareName))]);
  for (const service of services) {
    assertMayHaveRoles(service);
    for (const route of service.routes) assertMayHaveRoute(service, route, services);
  }
}

/** `todo` of `todo:read`; a scope without a colon is its own. */
const scopePrefixes = (scopes: readonly string[]) => [
  ...new Set(scopes.map((scope) => scope.split(':')[0] as string)),
];

/** `__Host-sid` is `sid` on https: whose one is, the other is, too. */
const bareName = (cookie: string) => cookie.replace(/^__(?:host|secure)-/i, '').toLowerCase();

function assertMayHaveRoles({ name, role, roles }: Claimant): void {
  const reserved = ISSUER_ROLES.find((each) => Object.hasOwn(roles, each));
  if (role === 'issuer' || reserved === undefined) return;
  throw new ServiceConflict(`${name}: the role ${reserved} is reserved for the issuer`, 'its');
}

function assertMayHaveRoute(
  { name, role }: Claimant,
  route: string,
  services: readonly Claimant[],
): void {
  for (const [holder, paths] of Object.entries(RESERVED)) {
    if (role === holder || !paths.some((path) => isAtOrBelow(route, path))) continue;
    throw new ServiceConflict(`${name}: the route ${route} is reserved for the ${holder}`, 'its');
  }
  for (const other of services) {
    if (other.name === name || role !== undefined) continue;
    const taken = other.routes.find((each) => isAtOrBelow(route, each));
    if (taken === undefined) continue;
    throw new ServiceConflict(
      `${name}: the route ${route} is at or below ${taken} of ${other.name}`,
      'one',
    );
  }
}

/** Letter case does not keep two routes apart: frameworks that ignore it would read them alike. */
function isAtOrBelow(route: string, path: string): boolean {
  const [longer, shorter] = [`${route}/`.toLowerCase(), `${path}/`.toLowerCase()];
  return longer.startsWith(shorter);
}

function assertUnique(
  services: readonly Claimant[],
  what: string,
  claimsOf: (service: Claimant) => readonly string[],
): void {
  const holders = new Map<string, string>();
  for (const service of services) {
    for (const claim of claimsOf(service)) {
      const holder = holders.get(claim);
      if (holder !== undefined) {
        throw new ServiceConflict(
          `two services claim the ${what} ${claim}, ${holder} and ${service.name}`,
          'one',
        );
      }
      holders.set(claim, service.name);
    }
  }
}
