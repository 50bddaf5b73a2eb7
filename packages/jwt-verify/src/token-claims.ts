import { type JsonObject, memberOf } from './json-object.ts';
import type { Refuse } from './token-error.ts';

const NONE: readonly string[] = Object.freeze([]);

/** The scopes of a token: RFC 6749 §3.3, strings apart by spaces. */
export const scopesOf = (
  claims: JsonObject,
  defaults: readonly string[] | undefined,
): readonly string[] => {
  const scope = memberOf(claims, 'scope');
  if (typeof scope !== 'string') return defaults ?? NONE;
  return Object.freeze(scope.split(' ').filter((name) => name !== ''));
};

/** The roles of a token: an array of strings, or it is refused with `claim_invalid`. */
export const rolesOf = (claims: JsonObject, refuse: Refuse): readonly string[] => {
  const roles = memberOf(claims, 'roles');
  if (roles === undefined) return NONE;
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string')) {
    throw refuse('claim_invalid', { expected: 'roles as strings', actual: roles });
  }
  return roles;
};
