import { listOf, type SignInRequirements, signInCheck } from './sign-in-check.ts';
import { tokenStatusOf, type VerifiedToken } from './token.ts';
import type { Refuse } from './token-error.ts';

/** What a route asks of a token beyond being valid. */
export interface Requirements<Claims> extends SignInRequirements {
  /** A scope, or several of which all are needed. */
  readonly scope?: string | readonly string[];
  /** A role, or several of which one is enough. */
  readonly role?: string | readonly string[];
  /**
   * Anything else, such as a look at the account: `true`, or a promise of it, lets the token pass.
   * What it throws is passed on as it is.
   */
  readonly claims?: (token: VerifiedToken<Claims>) => boolean | Promise<boolean>;
  /**
   * Refuse rather than trust a list that may lack a revocation: 503 unless the issuer said within the
   * last 5 s that none is missing, and 401 for a token without `status`. Needs `revocation` of the
   * issuer. Default `false`.
   */
  readonly freshRevocation?: boolean;
}

/** What the holder of a token may do now. */
export interface Standing {
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
}

/** Looks up what the holder of a token may do now; `undefined` when the token is no longer good. */
export type StandingOf<Claims> = (token: VerifiedToken<Claims>) => Promise<Standing | undefined>;

/** Throws what refuses the token; returns a promise only where `claims` or `standingOf` does. */
type Check<Claims> = (token: VerifiedToken<Claims>) => undefined | Promise<void>;

const RETRY_AFTER_SECONDS = 2;

const assertFresh = (token: VerifiedToken<unknown>, refuse: Refuse): void => {
  const status = tokenStatusOf(token);
  if (status === undefined && !Object.hasOwn(token.claims, 'status')) {
    throw refuse('claim_missing', { step: 'permissions', expected: 'status' });
  }
  if (status?.isCurrent === true) return;
  throw refuse('revocation_unavailable', {
    step: 'permissions',
    expected: status === undefined ? 'revocation of the issuer' : 'a state of the last 5 s',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
};

/** Make the check of a route; `undefined` when it asks for nothing. */
export const requirementsCheck = <Claims>(
  requirements: Requirements<Claims> & { readonly standingOf?: StandingOf<Claims> | undefined },
  refuse: Refuse,
): Check<Claims> | undefined => {
  const scopes = listOf(requirements.scope);
  const roles = listOf(requirements.role);
  const { claims, standingOf, freshRevocation = false } = requirements;
  const assertSignIn = signInCheck(requirements, scopes);
  const check = (token: VerifiedToken<Claims>, standing: Standing) => {
    if (freshRevocation) assertFresh(token, refuse);
    // Roles first: a token with more scopes would not help who lacks the role.
    if (roles.length > 0 && !roles.some((role) => standing.roles.includes(role))) {
      throw refuse('role_insufficient', { expected: roles, actual: standing.roles });
    }
    if (!scopes.every((scope) => standing.scopes.includes(scope))) {
      throw refuse('scope_insufficient', {
        expected: scopes,
        actual: standing.scopes,
        scope: scopes.join(' '),
      });
    }
    // After the permissions: signing in again would not help who lacks them.
    assertSignIn?.(token, refuse);
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
  if (standingOf !== undefined) {
    return async (token) => {
      const standing = await standingOf(token);
      if (standing === undefined) throw refuse('token_revoked');
      await check(token, standing);
    };
  }
  const asksForMore = freshRevocation || assertSignIn !== undefined || claims !== undefined;
  if (scopes.length === 0 && roles.length === 0 && !asksForMore) return undefined;
  return (token) => check(token, token);
};

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
