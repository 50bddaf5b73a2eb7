import { type JsonObject, memberOf } from './json-object.ts';

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

/** The roles of a token whose claims were checked. */
export const rolesOf = (claims: JsonObject): readonly string[] =>
  (memberOf(claims, 'roles') as readonly string[] | undefined) ?? NONE;
