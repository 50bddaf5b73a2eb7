import { type JsonObject, memberOf } from './json-object.ts';
import type { Refuse, TokenError } from './token-error.ts';

/** What the claims of a token must say. */
export interface ClaimRules {
  /** `null`: not checked. */
  readonly audiences: readonly string[] | null;
  readonly audMayBeAbsent: boolean;
  readonly requiredClaims: readonly string[];
  readonly clockToleranceMs: number;
  /** Never for an access token. */
  readonly expMayBeAbsent?: boolean;
}

/** When a token may be used, in ms since the epoch, the clock tolerance included. */
export interface ValidityPeriod {
  readonly notBeforeMs: number;
  readonly expiresMs: number;
}

const NUMBERS = ['exp', 'nbf', 'iat'] as const;
const STRINGS = ['iss', 'sub', 'jti', 'client_id'] as const;

/**
 * Check the forms of the registered claims (RFC 7519 §4.1, RFC 9068 §2.2), that the required ones
 * are there, the audience and the time. Scopes and roles come in many forms, and count only where a
 * route asks for them. Throws `claim_missing`, `claim_invalid`,
 * `audience_mismatch`, `token_expired` or `token_not_yet_valid`.
 */
export const checkClaims = (
  claims: JsonObject,
  rules: ClaimRules,
  nowMs: number,
  refuse: Refuse,
): ValidityPeriod => {
  for (const name of rules.requiredClaims) {
    const value = memberOf(claims, name);
    if (value === undefined || value === null || value === '') {
      throw refuse('claim_missing', { step: 'claims', expected: name });
    }
  }
  for (const name of NUMBERS) {
    const value = memberOf(claims, name);
    if (value !== undefined && !(typeof value === 'number' && Number.isFinite(value))) {
      throw invalid(`${name} as a finite number`, value, refuse);
    }
  }
  for (const name of STRINGS) {
    const value = memberOf(claims, name);
    if (value !== undefined && !(typeof value === 'string' && value !== '')) {
      throw invalid(`${name} as a string`, value, refuse);
    }
  }
  checkAudience(memberOf(claims, 'aud'), rules, refuse);
  return checkTime(claims, rules, nowMs, refuse);
};

const invalid = (expected: string, actual: unknown, refuse: Refuse): TokenError =>
  refuse('claim_invalid', { step: 'claims', expected, actual });

const checkAudience = (
  audience: unknown,
  { audiences: wanted, audMayBeAbsent }: ClaimRules,
  refuse: Refuse,
): void => {
  if (audience === undefined) {
    if (audMayBeAbsent) return;
    throw refuse('claim_missing', { step: 'audience', expected: 'aud' });
  }
  const named: unknown = typeof audience === 'string' ? [audience] : audience;
  if (!isStrings(named)) {
    throw refuse('claim_invalid', {
      step: 'audience',
      expected: 'aud as strings',
      actual: audience,
    });
  }
  if (wanted !== null && !wanted.some((one) => named.includes(one))) {
    throw refuse('audience_mismatch', { expected: wanted, actual: audience });
  }
};

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

const checkTime = (
  claims: JsonObject,
  { clockToleranceMs: toleranceMs, expMayBeAbsent }: ClaimRules,
  nowMs: number,
  refuse: Refuse,
): ValidityPeriod => {
  const exp = memberOf(claims, 'exp') as number | undefined;
  if (exp === undefined && !expMayBeAbsent) {
    throw refuse('claim_missing', { step: 'time', expected: 'exp' });
  }
  const nbf = memberOf(claims, 'nbf') as number | undefined;
  const expiresMs = exp === undefined ? Number.POSITIVE_INFINITY : exp * 1000 + toleranceMs;
  const notBeforeMs = nbf === undefined ? Number.NEGATIVE_INFINITY : nbf * 1000 - toleranceMs;
  if (nowMs >= expiresMs) throw refuse('token_expired', { expected: nowMs / 1000, actual: exp });
  if (nowMs < notBeforeMs) {
    throw refuse('token_not_yet_valid', { expected: nowMs / 1000, actual: nbf });
  }
  return { notBeforeMs, expiresMs };
};
