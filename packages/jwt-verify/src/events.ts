/** What a verifier tells of its keys; holds no token and no key material. */
export type VerifierEvent =
  | {
      readonly type: 'keys_refreshed';
      readonly issuer: string;
      readonly keys: number;
      readonly durationMs: number;
    }
  | {
      readonly type: 'keys_refresh_failed';
      readonly issuer: string;
      readonly error: Error;
      readonly failures: number;
      readonly nextTryMs: number;
    }
  | {
      readonly type: 'key_skipped';
      readonly issuer: string;
      readonly kid: string | undefined;
      readonly reason: string;
    }
  | { readonly type: 'snapshot_failed'; readonly issuer: string; readonly error: Error };
