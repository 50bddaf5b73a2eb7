import type { Algorithm } from './algorithms.ts';
import type { ChallengeContext } from './challenge.ts';
import { KeysUnavailableError } from './token-error.ts';
import type { VerificationKey } from './verification-key.ts';

/**
 * The state of an issuer's keys. `fresh`: younger than `maxAgeSeconds`. `stale`: still used, but older
 * than that, or the last set that was fetched had no usable key. `none`: there are no keys to use.
 */
export type KeysState = 'fresh' | 'stale' | 'none';

/** There are no keys, or not this one, at the moment. */
export interface KeysPending {
  readonly retryAfterSeconds: number;
  /** Whether a fetch is under way whose end may cure it. */
  readonly worthWaiting: boolean;
  /** Why the last fetch failed, where it did. */
  readonly cause?: unknown;
}

/** The answer to a search: a key, nothing (for good), or that it is unknown at the moment. */
export type KeyLookup = VerificationKey | undefined | KeysPending;

/** Where the keys of one issuer come from. */
export interface KeySource {
  /** Find at once; on a miss that a fetch may cure, start it. */
  readonly find: (algorithm: Algorithm, kid: string | undefined) => KeyLookup;
  /** Take over what changed in this process; called before each check, a cached token's too. */
  readonly sync?: () => void;
  /** Wait for the fetch under way, if there is one, up to `timeoutMs`; never rejects. */
  readonly settled: (timeoutMs: number) => Promise<void>;
  /** Wait for keys up to `timeoutMs`, trying again meanwhile; 0 is one try. Never rejects. */
  readonly ready: (timeoutMs: number) => Promise<KeysPending | undefined>;
  /**
   * Refuse this key from now on, whatever a key set says, and fetch the set anew. Returns whether it
   * was not refused before.
   */
  readonly remove: (kid: string) => boolean;
  /** Fetch the set anew, unless that was done a short time ago. */
  readonly renew: () => void;
  readonly close: () => void;
  readonly status: () => { readonly keys: KeysState; readonly ageSeconds: number | null };
}

export const isKey = (found: KeyLookup): found is VerificationKey =>
  found !== undefined && 'verify' in found;

/** The error for a key that is not there at the moment. */
export const keysUnavailable = (
  { retryAfterSeconds, worthWaiting, cause }: KeysPending,
  keys: KeySource,
  challenge: ChallengeContext,
  issuer: string | null,
): KeysUnavailableError => {
  const wait = worthWaiting ? (timeoutMs: number) => keys.settled(timeoutMs) : undefined;
  return new KeysUnavailableError({ retryAfterSeconds, wait, cause, challenge, expected: issuer });
};
