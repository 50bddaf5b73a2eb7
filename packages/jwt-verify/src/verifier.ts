import type { KeysState } from './key-source.ts';
import type { AccessTokenClaims, VerifiedToken } from './token.ts';

/** How a verifier stands, for readiness checks and metrics. */
export interface VerifierStatus {
  /** The worst of all issuers. */
  readonly keys: KeysState;
  readonly issuers: readonly {
    readonly issuer: string | null;
    readonly keys: KeysState;
    /** Age of the keys; `null` where they were given, or none were fetched yet. */
    readonly ageSeconds: number | null;
  }[];
  readonly cache: { readonly entries: number; readonly bytes: number };
}

/** Checks access tokens of the issuers it was made for. */
export interface Verifier<Claims = AccessTokenClaims> {
  /**
   * Check a token with the keys at hand, at once.
   *
   * @throws {TokenError} when it is refused
   * @throws {KeysUnavailableError} when a key may exist but isn't here yet; a fetch is under way
   */
  readonly verifySync: (token: string) => VerifiedToken<Claims>;
  /** Check a token; waits for a fetch of keys where one may help. Rejects as `verifySync` throws. */
  readonly verify: (token: string) => Promise<VerifiedToken<Claims>>;
  /**
   * Resolves once every issuer has keys. Tries again until then, so that a service may start before
   * its issuer does.
   *
   * @param options.timeoutMs how long to try. Default 30000, at most 600000; 0 is one try
   * @throws {KeysUnavailableError} after that time; its `cause` says why
   */
  readonly ready: (options?: { readonly timeoutMs?: number }) => Promise<void>;
  /** Stop refreshing, so that nothing keeps running. */
  readonly close: () => void;
  readonly status: () => VerifierStatus;
  /** The challenge parameters of this verifier, for the glue. */
  readonly challenge: { readonly realm: string; readonly resourceMetadata?: string | undefined };
}
