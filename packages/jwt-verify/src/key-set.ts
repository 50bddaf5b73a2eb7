import type { Algorithm } from './algorithms.ts';
import { isJsonObject, memberOf } from './json-object.ts';
import { importJwk, SecretKeyError, UnusableKeyError } from './jwk.ts';
import type { VerificationKey } from './verification-key.ts';

/** The usable keys of a JWK Set, and why the others are not. */
export interface KeySet {
  readonly keys: readonly VerificationKey[];
  readonly skipped: readonly SkippedKey[];
}

export interface SkippedKey {
  readonly kid: string | undefined;
  readonly reason: string;
  /** Whether it holds what must never be published. */
  readonly secret: boolean;
}

/** A set without a usable key counts as a failed fetch: the trouble is the issuer's. */
export class NoUsableKeyError extends Error {
  override readonly name = 'NoUsableKeyError';

  constructor(skipped: readonly SkippedKey[]) {
    const why = skipped.slice(0, MAX_REASONS).map(describeSkipped).join('; ');
    const more = skipped.length > MAX_REASONS ? `; and ${skipped.length - MAX_REASONS} more` : '';
    super(skipped.length === 0 ? 'the key set is empty' : `no key can be used: ${why}${more}`);
  }
}

export const describeSkipped = ({ kid, reason }: Omit<SkippedKey, 'secret'>): string =>
  `${kid === undefined ? 'a key without kid' : JSON.stringify(kid.slice(0, 64))}: ${reason}`;

const MAX_REASONS = 10;

const MAX_KEYS = 100;

/**
 * Make a JWK Set ready for use.
 *
 * @throws {TypeError} when it is not a JWK Set, or has over 100 keys
 * @throws {NoUsableKeyError} when none of its keys can be used
 */
export const importKeySet = (set: unknown, allowed: readonly Algorithm[]): KeySet => {
  const { keys, skipped } = sortKeys(set, allowed);
  if (keys.length === 0) throw new NoUsableKeyError(skipped);
  return { keys, skipped };
};

/**
 * Sort the keys of a JWK Set (RFC 7517 §5). Unusable keys are skipped, and so are those that share
 * `kid` and algorithm with a different key, since it is unclear which one was meant.
 *
 * @throws {TypeError} when it is not a JWK Set, or has over 100 keys
 */
export const sortKeys = (set: unknown, allowed: readonly Algorithm[]): KeySet => {
  const members = isJsonObject(set) ? memberOf(set, 'keys') : undefined;
  if (!Array.isArray(members)) throw new TypeError('a JWK Set is {"keys": [...]}');
  if (members.length > MAX_KEYS) throw new TypeError(`a JWK Set has up to ${MAX_KEYS} keys`);
  const keys: VerificationKey[] = [];
  const skipped: SkippedKey[] = [];
  for (const jwk of members) {
    try {
      keys.push(importJwk(jwk, allowed));
    } catch (error) {
      if (!(error instanceof UnusableKeyError)) throw error;
      const kid = isJsonObject(jwk) ? memberOf(jwk, 'kid') : undefined;
      skipped.push({
        kid: typeof kid === 'string' ? kid : undefined,
        reason: error.message,
        secret: error instanceof SecretKeyError,
      });
    }
  }
  const distinct = new Map(keys.map((key) => [key.identity, key]));
  const names = Map.groupBy(distinct.values(), nameOf);
  for (const [, sharing] of names) {
    if (sharing.length < 2 || sharing[0]?.kid === undefined) continue;
    for (const key of sharing) {
      distinct.delete(key.identity);
      skipped.push({ kid: key.kid, reason: 'another key has the same kid', secret: false });
    }
  }
  return { keys: [...distinct.values()], skipped };
};

const nameOf = (key: VerificationKey): string => JSON.stringify([key.algorithm, key.kid]);

/** Keys by algorithm and `kid`; a `kid` is never more than the name looked up in a Map. */
export class KeyIndex {
  readonly #byAlgorithm = new Map<string, Map<string, VerificationKey>>();
  readonly #all = new Map<string, VerificationKey[]>();

  constructor(keys: readonly VerificationKey[]) {
    for (const key of keys) {
      for (const algorithm of spellings(key.algorithm)) {
        const named = this.#byAlgorithm.get(algorithm) ?? new Map<string, VerificationKey>();
        if (key.kid !== undefined) named.set(key.kid, key);
        this.#byAlgorithm.set(algorithm, named);
        this.#all.set(algorithm, [...(this.#all.get(algorithm) ?? []), key]);
      }
    }
  }

  /** Without a `kid` the only key of the algorithm is meant; of several none is. */
  find(algorithm: Algorithm, kid: string | undefined): VerificationKey | undefined {
    if (kid !== undefined) return this.#byAlgorithm.get(algorithm)?.get(kid);
    const candidates = this.#all.get(algorithm);
    return candidates?.length === 1 ? candidates[0] : undefined;
  }
}

const spellings = (algorithm: Algorithm): Algorithm[] =>
  algorithm === 'EdDSA' || algorithm === 'Ed25519' ? ['EdDSA', 'Ed25519'] : [algorithm];
