import { MAX_CLOCK_TOLERANCE_SECONDS } from './defaults.ts';
import { memberOf } from './json-object.ts';
import { tokenClockOf, type VerifiedToken } from './token.ts';
import type { Refuse } from './token-error.ts';

/** How fresh and how strong the sign-in behind a token must be (RFC 9470). */
export interface SignInRequirements {
  /**
   * How long ago the person may have signed in (RFC 9470), by `auth_time` of the token and the
   * verifier's `clockToleranceSeconds`; a token without it is refused. From 1 to 999999999.
   * Default `undefined`: any time ago.
   */
  readonly maxAuthAgeSeconds?: number;
  /**
   * How the person must have signed in, by `acr` of the token: one of these values (RFC 9470).
   * Default `undefined`: in any way.
   */
  readonly acr?: string | readonly string[];
}

/** As many as `max_age` of an authorization request may have digits. */
const MAX_AGE_SECONDS = 999_999_999;
// What `acr_values` can say within quotes, one value without spaces.
const ACR = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;

export const listOf = (names: string | readonly string[] | undefined): readonly string[] =>
  names === undefined ? [] : typeof names === 'string' ? [names] : names;

/** Make the check; `undefined` when nothing is asked for. Throws TypeError for what can't be asked for. */
export const signInCheck = (
  { maxAuthAgeSeconds, acr }: SignInRequirements,
  scopes: readonly string[],
): ((token: VerifiedToken<unknown>, refuse: Refuse) => void) | undefined => {
  if (maxAuthAgeSeconds === undefined && acr === undefined) return undefined;
  assertMaxAge(maxAuthAgeSeconds);
  const values = acrValuesOf(acr);
  const needs = {
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
    maxAuthAgeSeconds,
    acrValues: values?.join(' '),
  };
  return (token, refuse) => {
    const time = memberOf(token.claims, 'auth_time');
    if (maxAuthAgeSeconds !== undefined && !isRecent(time, maxAuthAgeSeconds, token)) {
      const expected = `auth_time of the last ${maxAuthAgeSeconds} s`;
      throw refuse('authentication_insufficient', { expected, actual: time, ...needs });
    }
    const actual = memberOf(token.claims, 'acr');
    if (values !== undefined && !values.some((value) => value === actual)) {
      throw refuse('authentication_insufficient', { expected: values, actual, ...needs });
    }
  };
};

/** A time far ahead is no time in seconds: milliseconds would pass for fresh forever. */
const isRecent = (time: unknown, maxAgeSeconds: number, token: object): boolean => {
  const clock = tokenClockOf(token);
  if (typeof time !== 'number' || clock === undefined) return false;
  const ageMs = clock.now() - time * 1000;
  return (
    ageMs <= maxAgeSeconds * 1000 + clock.clockToleranceMs &&
    ageMs >= -MAX_CLOCK_TOLERANCE_SECONDS * 1000
  );
};

const assertMaxAge = (seconds: unknown): void => {
  if (seconds === undefined) return;
  if (
    Number.isInteger(seconds) &&
    (seconds as number) >= 1 &&
    (seconds as number) <= MAX_AGE_SECONDS
  )
    return;
  throw new TypeError(`maxAuthAgeSeconds must be a whole number from 1 to ${MAX_AGE_SECONDS}`);
};

const acrValuesOf = (acr: unknown): readonly string[] | undefined => {
  if (acr === undefined) return undefined;
  const values: unknown[] = Array.isArray(acr) ? [...acr] : [acr];
  if (values.length > 0 && values.every((value) => typeof value === 'string' && ACR.test(value))) {
    return values as string[];
  }
  throw new TypeError('acr must be one value or several, without spaces, quotes and backslashes');
};
