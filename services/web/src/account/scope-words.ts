import type { components } from '../../generated/auth-service.ts';

type Allowed = components['schemas']['App']['allowed'][number];

/** Scopes of the person's own account -> the name of their text here. */
const OWN = new Map([
  ['openid', 'openid'],
  ['profile', 'profile'],
  ['email', 'email'],
  ['account:read', 'accountRead'],
  ['account:write', 'accountWrite'],
  ['admin', 'admin'],
  ['offline_access', 'offlineAccess'],
] as const);

type OwnScope = typeof OWN extends Map<unknown, infer Name> ? Name : never;

interface Permissions {
  own: OwnScope[];
  /** Service -> what may be done there, in its team's words. */
  services: [service: string, texts: string[]][];
}

/** What an app may do, first with the account itself, then service by service. */
export function permissionsOf(allowed: readonly Allowed[]): Permissions {
  const own: OwnScope[] = [];
  const services = new Map<string, string[]>();
  for (const { scope, audience, description } of allowed) {
    const name = OWN.get(scope as never);
    if (name) own.push(name);
    else services.set(audience ?? scope, [...(services.get(audience ?? scope) ?? []), description]);
  }
  return { own, services: [...services] };
}
