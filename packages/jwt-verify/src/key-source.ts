import type { Algorithm } from './algorithms.ts';
import type { VerificationKey } from './verification-key.ts';

/** How the keys of an issuer stand: in time, old but usable, or not there. */
export type KeysState = 'fresh' | 'stale' | 'none';

/** The answer to a search: a key, nothing (for good), or that it can't be told at the moment. */
export type KeyLookup =
  | VerificationKey
  | undefined
  | {
      readonly retryAfterSeconds: number;
      readonly worthWaiting: boolean;
      readonly cause?: unknown;
    };

/** Where the keys of one issuer come from. */
export interface KeySource {
  /** Find at once; on a miss that a fetch may cure, start it. */
  readonly find: (algorithm: Algorithm, kid: string | undefined) => KeyLookup;
  /** Wait for the fetch under way, if there is one; never rejects. */
  readonly settled: () => Promise<void>;
  readonly ready: () => Promise<void>;
  readonly close: () => void;
  readonly status: () => { readonly keys: KeysState; readonly ageSeconds: number | null };
}

export const isKey = (found: KeyLookup): found is VerificationKey =>
  found !== undefined && 'verify' in found;
