import type { VerifiedToken } from './token.ts';
import type { Refuse } from './token-error.ts';

/** What a route asks of a token beyond being valid. */
export interface Requirements<Claims> {
  /** A scope, or several of which all are needed. */
  readonly scope?: string | readonly string[];
  /** A role, or several of which one is enough. */
  readonly role?: string | readonly string[];
  /**
   * Anything else, such as a look at the account: `true`, or a promise of it, lets the token pass.
   * What it throws is passed on as it is.
   */
  readonly claims?: (token: VerifiedToken<Claims>) => boolean | Promise<boolean>;
}

/** Throws what refuses the token; returns a promise only where `claims` does. */
type Check<Claims> = (token: VerifiedToken<Claims>) => undefined | Promise<void>;

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
    if (claims === undefined) return undefined;
    const passes: unknown = claims(token);
    if (isThenable(passes)) {
      return Promise.resolve(passes).then((late) => {
        if (late !== true) throw refuse('claims_insufficient');
      });
    }
    if (passes !== true) throw refuse('claims_insufficient');
    return undefined;
  };
};

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
