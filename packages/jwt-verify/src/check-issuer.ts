import { splitIfPresent } from './if-present.ts';
import { fail } from './option-error.ts';
import type { IssuerOptions } from './options.ts';
import { isTenantId, TENANT, type TenantRules, tenantRules } from './tenants.ts';

/** The issuer whose tokens are accepted, and the audiences that they must name. */
export interface CheckedIssuer {
  /** As it was set; a template of tenants stays one. `null`: not checked. */
  readonly issuer: string | null;
  readonly issMayBeAbsent: boolean;
  readonly tenants: TenantRules | undefined;
  /** `null`: not checked. */
  readonly audiences: readonly string[] | null;
  readonly audMayBeAbsent: boolean;
}

export const checkIssuer = (own: IssuerOptions): CheckedIssuer => {
  const { value: issuer, mayBeAbsent: issMayBeAbsent } = splitIfPresent('issuer', own.issuer);
  if (issuer !== null && (typeof issuer !== 'string' || issuer === '')) {
    return fail('issuer is missing: set it to the exact iss, or to null to leave it unchecked');
  }
  const tenants = checkTenants(issuer, issMayBeAbsent, own.tenants);
  return { issuer, issMayBeAbsent, tenants, ...checkAudience(own.audience) };
};

const checkAudience = (given: unknown): Pick<CheckedIssuer, 'audiences' | 'audMayBeAbsent'> => {
  const { value: audience, mayBeAbsent } = splitIfPresent('audience', given);
  if (audience === null) return { audiences: null, audMayBeAbsent: true };
  const names: unknown[] = Array.isArray(audience) ? audience : [audience];
  if (names.length > 0 && names.every((name) => typeof name === 'string' && name !== '')) {
    return { audiences: Object.freeze([...(names as string[])]), audMayBeAbsent: mayBeAbsent };
  }
  return fail('audience is missing: set the name of this service, or null to leave it unchecked');
};

const checkTenants = (
  issuer: string | null,
  issMayBeAbsent: boolean,
  tenants: unknown,
): TenantRules | undefined => {
  if (issuer === null || !/[{}]/.test(issuer)) {
    if (tenants !== undefined) fail(`tenants needs an issuer with ${TENANT} in it`);
    return undefined;
  }
  const [prefix, suffix, more] = issuer.split(TENANT);
  const whole = prefix?.endsWith('/') && (suffix === '' || suffix?.startsWith('/'));
  if (!whole || more !== undefined || /[{}]/.test(`${prefix}${suffix}`)) {
    fail(`issuer may hold ${TENANT} once, as a whole part of its path, and no other braces`);
  }
  if (issMayBeAbsent)
    fail(`issuer.ifPresent does not go with ${TENANT}: the tenant is known by iss alone`);
  if (tenants === undefined) return tenantRules(prefix as string, suffix as string, undefined);
  if (!Array.isArray(tenants) || tenants.length === 0)
    fail('tenants names none: leave it out for all');
  const ids = (tenants as unknown[]).map((id) => (typeof id === 'string' ? id.toLowerCase() : id));
  for (const id of ids) {
    if (!isTenantId(id)) fail(`tenants names ${JSON.stringify(id)}: use the tenants' ids, UUIDs`);
  }
  return tenantRules(prefix as string, suffix as string, ids as string[]);
};

/** Each issuer once, and at most one for tokens that name none. */
export const assertApart = (issuers: readonly CheckedIssuer[]): void => {
  const names = issuers.map(({ issuer }) => issuer);
  if (new Set(names).size !== names.length) fail('issuers names the same issuer twice');
  if (names.length > 1 && names.includes(null)) {
    fail('issuers has an issuer of null: it can only stand alone');
  }
  if (issuers.filter(({ issMayBeAbsent }) => issMayBeAbsent).length > 1) {
    fail('issuers has ifPresent twice: only one issuer can take the tokens without iss');
  }
  if (names.length === 0) fail('issuers is empty: name at least one');
};
