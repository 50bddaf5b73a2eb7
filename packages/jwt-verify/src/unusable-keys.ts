import type { Algorithm } from './algorithms.ts';
import { sortKeys } from './key-set.ts';

/** A key of a JWK Set that no verifier here would use. */
export interface UnusableKey {
  readonly kid: string | undefined;
  /** What is wrong with it, in a few words. */
  readonly reason: string;
}

/**
 * Find the keys of a public JWK Set (RFC 7517 §5) that a verifier would skip: private or symmetric
 * ones, weak or broken ones, and those that fit none of the algorithms. For a service that registers
 * the keys of others and wants to refuse bad ones at once.
 *
 * @param set the parsed JSON, `{ "keys": [...] }`
 * @param algorithms the algorithms that signatures will be checked with
 * @returns the keys and what is wrong with each; empty when every key is good
 * @throws TypeError when it is not a JWK Set, or has over 100 keys
 *
 * @example
 * ```ts
 * import { unusableKeys } from '@latchkey/jwt-verify';
 *
 * const set = { keys: [{ kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }] };
 * console.log(unusableKeys(set, ['ES256'])[0]?.reason); // a public key has no member "k"
 * ```
 */
export const unusableKeys = (set: unknown, algorithms: readonly Algorithm[]): UnusableKey[] =>
  sortKeys(set, algorithms).skipped.map(({ kid, reason }) => ({ kid, reason }));
