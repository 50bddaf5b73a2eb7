import { isJsonObject, type JsonObject, memberOf } from './json-object.ts';

/** Where a token has its scopes and roles. */
export interface PermissionRules {
  /** The scopes of a token that has no claim for them. */
  readonly defaultScopes: readonly string[] | undefined;
  /** The path to the claim; `undefined`: `scope`, or `scp` where there is no `scope`. */
  readonly scopeClaim: readonly string[] | undefined;
  readonly rolesClaim: readonly string[];
}

const NONE: readonly string[] = Object.freeze([]);

/**
 * The scopes of a token: text with spaces between (RFC 6749 §3.3), or an array of strings. Any
 * other form grants none.
 */
export const scopesOf = (
  claims: JsonObject,
  { scopeClaim, defaultScopes }: PermissionRules,
): readonly string[] => {
  const claim = scopeClaim === undefined ? scopeOrScp(claims) : claimAt(claims, scopeClaim);
  if (claim === undefined) return defaultScopes ?? NONE;
  if (typeof claim === 'string') return Object.freeze(claim.split(' ').filter(isName));
  return namesIn(claim, (one) => one);
};

/**
 * The roles of a token: an array of strings, or of objects whose `value` is one (RFC 7643 §2.4), or
 * one role as text, which may have spaces. Any other form grants none.
 */
export const rolesOf = (claims: JsonObject, { rolesClaim }: PermissionRules): readonly string[] => {
  const claim = claimAt(claims, rolesClaim);
  return namesIn(typeof claim === 'string' ? [claim] : claim, (one) =>
    isJsonObject(one) ? memberOf(one, 'value') : one,
  );
};

const scopeOrScp = (claims: JsonObject): unknown => {
  const scope = memberOf(claims, 'scope');
  if (scope !== undefined && scope !== null) return scope;
  const scp = memberOf(claims, 'scp');
  return scp === undefined ? scope : scp;
};

const claimAt = (claims: JsonObject, path: readonly string[]): unknown => {
  let at: unknown = claims;
  for (const name of path) at = isJsonObject(at) ? memberOf(at, name) : undefined;
  return at;
};

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** All of a list's names, or none where one of them is no name: half understood grants nothing. */
const namesIn = (list: unknown, nameOf: (one: unknown) => unknown): readonly string[] => {
  if (!Array.isArray(list)) return NONE;
  const names = list.map(nameOf);
  return names.every(isName) ? Object.freeze(names) : NONE;
};
