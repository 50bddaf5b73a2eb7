import type { Refuse } from '../token-error.ts';

/** Whether one token was revoked, as far as is known at this moment. */
export interface TokenStatus {
  /**
   * Throws `token_revoked`, `claim_invalid` or `revocation_unavailable`.
   *
   * @param mayWait whether a caller waits where a fetch under way may say more
   */
  readonly check: (refuse: Refuse, mayWait: boolean) => void;
  /** Whether nothing is missing, as the issuer said in the last seconds. */
  readonly isCurrent: boolean;
}
