import { ALGORITHMS, type Algorithm, factsOf } from './algorithms.ts';
import { DEFAULT_TYP, MAX_CLOCK_TOLERANCE_SECONDS } from './defaults.ts';
import { mediaTypeOf } from './header-rules.ts';
import type { IssuerOptions, TokenRules } from './options.ts';

/** Refuse options that would make a verifier unsafe; each message says what to set. */
const fail = (message: string): never => {
  throw new TypeError(`createVerifier: ${message}`);
};

export const checkAlgorithms = (algorithms: unknown): readonly Algorithm[] => {
  if (!Array.isArray(algorithms) || algorithms.length === 0) {
    return fail("algorithms is empty: name those of your issuer, such as ['ES256']");
  }
  for (const name of algorithms) {
    if (!ALGORITHMS.has(name)) {
      fail(`algorithms names ${JSON.stringify(name)}: use ${[...ALGORITHMS.keys()].join(', ')}`);
    }
  }
  const hmac = algorithms.filter((name) => factsOf(name).family === 'HMAC').length;
  if (hmac !== 0 && hmac !== algorithms.length) {
    fail('algorithms mixes HMAC and public keys: make one verifier for each');
  }
  return Object.freeze([...algorithms]);
};

export const checkIssuer = (issuer: unknown): string | null => {
  if (issuer === null || (typeof issuer === 'string' && issuer !== '')) return issuer;
  return fail('issuer is missing: set it to the exact iss, or to null for tokens without one');
};

export const checkAudience = (audience: unknown): readonly string[] | null => {
  if (audience === null) return null;
  const names: unknown[] = Array.isArray(audience) ? audience : [audience];
  if (names.length > 0 && names.every((name) => typeof name === 'string' && name !== '')) {
    return Object.freeze([...(names as string[])]);
  }
  return fail('audience is missing: set the name of this service, or null for tokens without one');
};

export interface CheckedRules {
  readonly typ: string | null;
  readonly requiredClaims: readonly string[];
  readonly defaultScopes: readonly string[] | undefined;
  readonly clockToleranceMs: number;
}

export const checkRules = (own: TokenRules, shared: TokenRules): CheckedRules => {
  const rules = { ...definedOf(shared), ...definedOf(own) };
  const { typ = DEFAULT_TYP, requiredClaims = ['sub'], defaultScopes } = rules;
  const tolerance = rules.clockToleranceSeconds ?? 0;
  if (typ !== null && (typeof typ !== 'string' || typ === '')) {
    fail("typ must be a media type such as 'at+jwt', or null for tokens without one");
  }
  if (!(tolerance >= 0 && tolerance <= MAX_CLOCK_TOLERANCE_SECONDS)) {
    fail(`clockToleranceSeconds must be from 0 to ${MAX_CLOCK_TOLERANCE_SECONDS}`);
  }
  return {
    typ: typ === null ? null : mediaTypeOf(typ),
    requiredClaims: checkNames(requiredClaims, 'requiredClaims'),
    defaultScopes:
      defaultScopes === undefined ? undefined : checkNames(defaultScopes, 'defaultScopes'),
    clockToleranceMs: tolerance * 1000,
  };
};

const checkNames = (names: unknown, option: string): readonly string[] => {
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string' && name !== '')) {
    return fail(`${option} must be an array of names`);
  }
  return Object.freeze([...names]);
};

const definedOf = (rules: TokenRules): TokenRules => {
  const { typ, requiredClaims, defaultScopes, clockToleranceSeconds } = rules;
  return Object.fromEntries(
    Object.entries({ typ, requiredClaims, defaultScopes, clockToleranceSeconds }).filter(
      ([, value]) => value !== undefined,
    ),
  );
};

/** A bound that was given, within what makes sense for it. */
export const checkNumber = (
  name: string,
  given: number | undefined,
  fallback: number,
  [least, most]: readonly [number, number],
): number => {
  const value = given ?? fallback;
  if (typeof value === 'number' && value >= least && value <= most) return value;
  return fail(`${name} must be from ${least} to ${most}`);
};

/** `https:`, or `http:` to this machine, unless plain http was spelled out (RFC 8414 §2). */
export const checkUrl = (name: string, value: string, allowInsecureHttp: boolean): string => {
  const url = URL.parse(value);
  if (url === null) return fail(`${name} ${JSON.stringify(value)} is not a URL`);
  if (url.username !== '' || url.password !== '') fail(`${name} must not carry a password`);
  const loopback = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:') return value;
  if (url.protocol === 'http:' && (loopback || allowInsecureHttp)) return value;
  return fail(`${name} must be https, or set keys.allowInsecureHttp on a network of your own`);
};

export const sameIssuerTwice = (issuers: readonly IssuerOptions[]): void => {
  const names = issuers.map(({ issuer }) => issuer);
  if (new Set(names).size !== names.length) fail('issuers names the same issuer twice');
  if (names.length > 1 && names.includes(null)) {
    fail('issuers has an issuer of null: it can only stand alone');
  }
  if (names.length === 0) fail('issuers is empty: name at least one');
};
