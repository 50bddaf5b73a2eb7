import { ALGORITHMS, type Algorithm, factsOf } from './algorithms.ts';
import { DEFAULT_TYP, MAX_CLOCK_TOLERANCE_SECONDS } from './defaults.ts';
import { mediaTypeOf } from './header-rules.ts';
import { splitIfPresent } from './if-present.ts';
import { fail } from './option-error.ts';
import type { TokenRules } from './options.ts';
import type { PermissionRules } from './token-claims.ts';

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

export interface ResolvedRules {
  /** `null`: not checked. */
  readonly typ: string | null;
  readonly typMayBeAbsent: boolean;
  readonly requiredClaims: readonly string[];
  readonly permissions: PermissionRules;
  readonly clockToleranceMs: number;
}

/** The rules of one issuer: set for it, else for all issuers, else the defaults. */
export const resolveRules = (own: TokenRules, shared: TokenRules): ResolvedRules => {
  const rule = <Name extends keyof TokenRules>(name: Name) =>
    own[name] === undefined ? shared[name] : own[name];
  const { requiredClaims = ['sub'], clockToleranceSeconds: tolerance = 0 } = {
    requiredClaims: rule('requiredClaims'),
    clockToleranceSeconds: rule('clockToleranceSeconds'),
  };
  if (!(tolerance >= 0 && tolerance <= MAX_CLOCK_TOLERANCE_SECONDS)) {
    fail(`clockToleranceSeconds must be from 0 to ${MAX_CLOCK_TOLERANCE_SECONDS}`);
  }
  const scopes = rule('defaultScopes');
  return {
    ...resolveTyp(rule('typ')),
    requiredClaims: checkNames(requiredClaims, 'requiredClaims'),
    permissions: {
      defaultScopes: scopes === undefined ? undefined : checkNames(scopes, 'defaultScopes'),
      scopeClaim: checkPath('scopeClaim', rule('scopeClaim')),
      rolesClaim: checkPath('rolesClaim', rule('rolesClaim')) ?? ['roles'],
    },
    clockToleranceMs: tolerance * 1000,
  };
};

const resolveTyp = (
  given: unknown = DEFAULT_TYP,
): Pick<ResolvedRules, 'typ' | 'typMayBeAbsent'> => {
  const { value: typ, mayBeAbsent } = splitIfPresent('typ', given);
  if (typ === null) return { typ, typMayBeAbsent: true };
  if (typeof typ === 'string' && typ !== '') {
    return { typ: mediaTypeOf(typ), typMayBeAbsent: mayBeAbsent };
  }
  return fail("typ must be a media type such as 'at+jwt', or null to leave it unchecked");
};

const checkNames = (names: unknown, option: string): readonly string[] => {
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string' && name !== '')) {
    return fail(`${option} must be an array of names`);
  }
  return Object.freeze([...names]);
};

const checkPath = (option: string, given: unknown): readonly string[] | undefined => {
  if (given === undefined) return undefined;
  const path = checkNames(typeof given === 'string' ? [given] : given, option);
  return path.length > 0 ? path : fail(`${option} is empty: name a claim`);
};

/** The number that was given, else the default; it must be in the range. */
export const resolveNumber = (
  name: string,
  given: number | undefined,
  fallback: number,
  [least, most]: readonly [number, number],
): number => {
  const value = given ?? fallback;
  if (typeof value === 'number' && value >= least && value <= most) return value;
  return fail(`${name} must be from ${least} to ${most}`);
};

/** `https:`, or `http:` to this machine; any `http:` only with `allowInsecureHttp` (RFC 8414 §2). */
export const checkUrl = (
  name: string,
  value: string,
  allowInsecureHttp: boolean,
  group: 'keys' | 'revocation' = 'keys',
): string => {
  const url = URL.parse(value);
  if (url === null) return fail(`${name} ${JSON.stringify(value)} is not a URL`);
  if (url.username !== '' || url.password !== '') fail(`${name} must not carry a password`);
  const loopback = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:') return value;
  if (url.protocol === 'http:' && (loopback || allowInsecureHttp)) return value;
  return fail(`${name} must be https, or set ${group}.allowInsecureHttp on a private network`);
};
