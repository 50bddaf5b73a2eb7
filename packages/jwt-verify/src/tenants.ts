import { type JsonObject, memberOf } from './json-object.ts';
import type { VerificationKey } from './verification-key.ts';

/** Stands for the id of a tenant, in an issuer and in the metadata common to all tenants. */
export const TENANT = '{tenantid}';

/** The tenants of one issuer, as in Entra ID: each is an issuer, and all share one key set. */
export interface TenantRules {
  /** Whether `iss` is the issuer of the token's `tid`, and that tenant is accepted. */
  readonly accepts: (claims: JsonObject) => boolean;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const isTenantId = (value: unknown): value is string =>
  typeof value === 'string' && UUID.test(value);

export const tenantRules = (
  prefix: string,
  suffix: string,
  ids: readonly string[] | undefined,
): TenantRules => {
  const allowed = ids && new Set(ids);
  return {
    accepts: (claims) => {
      const tid = memberOf(claims, 'tid');
      if (!isTenantId(tid) || allowed?.has(tid) === false) return false;
      return memberOf(claims, 'iss') === prefix + tid + suffix;
    },
  };
};

/** Where the metadata common to all tenants is; it names the template itself as its issuer. */
export const commonAddress = (template: string): string => template.replace(TENANT, 'common');

/**
 * Whether a key may sign for the issuer of these claims: in a set common to all tenants a key may be
 * bound to one of them, by a member `issuer`.
 */
export const mayServe = ({ issuer }: VerificationKey, claims: JsonObject): boolean =>
  issuer === undefined ||
  issuer.replace(TENANT, String(memberOf(claims, 'tid'))) === memberOf(claims, 'iss');
