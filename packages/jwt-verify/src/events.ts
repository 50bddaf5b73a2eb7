/** What a verifier reports about its keys; it holds no token and no key material. */
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
      /** Its message says why, down to the connection. */
      readonly error: Error;
      /** In a row. */
      readonly failures: number;
      /** From now on. */
      readonly retryInMs: number;
    }
  | {
      /** A key of a set is skipped; reported again only when it changes. */
      readonly type: 'key_skipped';
      readonly issuer: string;
      readonly kid: string | undefined;
      readonly reason: string;
    }
  | { readonly type: 'snapshot_failed'; readonly issuer: string; readonly error: Error };

/** Report an event; a listener that throws must not stop a refresh. */
export const notify = (
  listener: ((event: VerifierEvent) => void) | undefined,
  event: VerifierEvent,
): void => {
  try {
    listener?.(event);
  } catch {}
};
