/** What a verifier reports about keys and revocations; it holds no token and no key material. */
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
  | { readonly type: 'snapshot_failed'; readonly issuer: string; readonly error: Error }
  | {
      /** The issuer said by a signed event that this key is no longer to be trusted. */
      readonly type: 'key_removed';
      readonly issuer: string;
      readonly kid: string;
    }
  | {
      /** Revocations take effect at once from now on. */
      readonly type: 'revocation_current';
      readonly issuer: string;
    }
  | {
      /** Revocations may be missed: lists are polled, and used as long as `staleIfErrorSeconds` says. */
      readonly type: 'revocation_lost';
      readonly issuer: string;
      readonly reason: string;
    }
  | {
      /** An event is not the issuer's, or not of the form; the first of each connection is reported. */
      readonly type: 'revocation_event_refused';
      readonly issuer: string;
      readonly error: Error;
    }
  | {
      /** A status list came that was not the one before. */
      readonly type: 'status_list_fetched';
      readonly issuer: string;
      readonly uri: string;
      /** How many changes are in it. */
      readonly changes: number;
      readonly durationMs: number;
    }
  | {
      readonly type: 'status_list_failed';
      readonly issuer: string;
      readonly uri: string;
      readonly error: Error;
      /** In a row. */
      readonly failures: number;
      /** From now on. */
      readonly retryInMs: number;
    };

/** Report an event; a listener that throws must not stop a refresh. */
export const notify = (
  listener: ((event: VerifierEvent) => void) | undefined,
  event: VerifierEvent,
): void => {
  try {
    listener?.(event);
  } catch {}
};
