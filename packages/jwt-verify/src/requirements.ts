import type { VerifiedToken } from './token.ts';
import type { Refuse } from './token-error.ts';

/** What a route asks of a token beyond being valid. */
export interface Requirements<Claims> {
  /** A scope, or several of which all are needed. */
  readonly scope?: string | readonly string[];
  /** A role, or several of which one is enough. */
  readonly role?: string | readonly string[];
  /** Anything else; a plain `true` lets the token pass. */
  readonly claims?: (token: VerifiedToken<Claims>) => boolean;
}

type Check<Claims> = (token: VerifiedToken<Claims>) => void;

const listOf = (names: string | readonly string[] | undefined): readonly string[] =>
  names === undefined ? [] : typeof names === 'string' ? [names] : names;

/** Make the check of a route; `undefined` when it asks for nothing. */
export const requirementsCheck = <Claims>(
  requirements: Requirements<Claims>,
  refuse: Refuse,
): Check<Claims> | undefined => {
  const scopes = listOf(requirements.scope);
  const roles = listOf(requirements.role);
  const { claims } = requirements;
  if (scopes.length === 0 && roles.length === 0 && claims === undefined) return undefined;
  return (token) => {
    if (!scopes.every((scope) => token.scopes.includes(scope))) {
      throw refuse('scope_insufficient', {
        expected: scopes,
        actual: token.scopes,
        scope: scopes.join(' '),
      });
    }
    if (roles.length > 0 && !roles.some((role) => token.roles.includes(role))) {
      throw refuse('role_insufficient', { expected: roles, actual: token.roles });
    }
    if (claims !== undefined && claims(token) !== true) throw refuse('claims_insufficient');
  };
};
