import type { KeysState } from './key-source.ts';
import type { RevocationState } from './revocation/revocation-state.ts';
import type { AccessTokenClaims, VerifiedToken } from './token.ts';
import type { KeysUnavailableError, TokenError } from './token-error.ts';

/** The state of a verifier, for readiness checks and metrics. */
export interface VerifierStatus {
  /** The worst state among the issuers. */
  readonly keys: KeysState;
  /** The worst state among the issuers whose revocations are followed; `off` where there are none. */
  readonly revocation: RevocationState;
  /**
   * Each issuer, its keys' state, and their age, `null` where they were given or none were fetched; the
   * state of its revocations, the time since the last contact, and the time that the last signed event
   * took to get here, by the clocks of both sides; `null` where there was none.
   */
  readonly issuers: readonly {
    readonly issuer: string | null;
    readonly keys: KeysState;
    readonly ageSeconds: number | null;
    readonly revocation: RevocationState;
    readonly revocationAgeSeconds: number | null;
    readonly revocationDelayMs: number | null;
  }[];
  /** The cache of verified tokens. */
  readonly cache: { readonly entries: number; readonly bytes: number };
}

/** Checks access tokens of the issuers it was made for. */
export interface Verifier<Claims = AccessTokenClaims> {
  /**
   * Check a token with the keys at hand, at once.
   *
   * @param token a JWT in compact form (RFC 7515 §7.1), without `Bearer`
   * @throws a {@link TokenError} when it is refused
   * @throws a {@link KeysUnavailableError} when its key may exist but isn't here yet; a fetch is
   *   under way
   * @throws a {@link TokenError} `revocation_unavailable` when its status list isn't here yet; a fetch
   *   is under way
   */
  readonly verifySync: (token: string) => VerifiedToken<Claims>;
  /**
   * Check a token; waits up to 1.5 s for a fetch of keys or of a status list where one may help.
   *
   * @param token a JWT in compact form (RFC 7515 §7.1), without `Bearer`
   * @throws what `verifySync` throws, as a rejection
   */
  readonly verify: (token: string) => Promise<VerifiedToken<Claims>>;
  /**
   * Resolves once every issuer has keys. Tries again until then, so that a service may start before
   * its issuer does. Waits up to 1.5 s for the status lists, where they are followed.
   *
   * @param options.timeoutMs how long to try. Default 30000, at most 600000; 0 is one try
   * @throws a {@link KeysUnavailableError} after that time; its `cause` says why
   */
  readonly ready: (options?: { readonly timeoutMs?: number }) => Promise<void>;
  /** Stop refreshing, so that nothing keeps running. */
  readonly close: () => void;
  /** The state of its keys, revocations and cache now. */
  readonly status: () => VerifierStatus;
  /** The challenge parameters of this verifier, for the glue. */
  readonly challenge: { readonly realm: string; readonly resourceMetadata?: string | undefined };
}
