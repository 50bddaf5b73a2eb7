import type { JsonObject } from '../json-object.ts';
import type { Refuse, TokenError } from '../token-error.ts';
import { Follower, type FollowerConfig } from './follower.ts';
import type { HeldList } from './held-list.ts';
import { ListedToken, type ListJudge } from './listed-token.ts';
import { monotonicMs } from './monotonic.ts';
import type { RevocationState } from './revocation-state.ts';
import { type StatusReference, statusReferenceOf } from './status-claim.ts';
import type { TokenStatus } from './token-status.ts';

export interface RevocationConfig extends FollowerConfig {
  readonly staleIfErrorMs: number;
}

export interface RevocationStatus {
  readonly revocation: RevocationState;
  readonly revocationAgeSeconds: number | null;
  readonly revocationDelayMs: number | null;
}

/** So long a list that is not here yet is waited for; a fetch that hangs holds up no request after that. */
const FIRST_FETCH_MS = 1500;

/** Says which tokens of one issuer were revoked, and what holds while that is not known for sure. */
export class Revocation implements ListJudge {
  readonly #config: RevocationConfig;
  readonly #follower: Follower;

  constructor(config: RevocationConfig) {
    this.#config = config;
    this.#follower = new Follower(config);
  }

  start(): void {
    this.#follower.start();
  }

  settled(timeoutMs: number): Promise<void> {
    return this.#follower.settled(timeoutMs);
  }

  close(): void {
    this.#follower.close();
  }

  status(): RevocationStatus {
    const { hasContact, contactMs } = this.#follower.lists;
    const ageSeconds = Math.floor((monotonicMs() - contactMs) / 1000);
    return {
      revocation: this.#follower.state,
      revocationAgeSeconds: hasContact ? ageSeconds : null,
      revocationDelayMs: this.#follower.lastEventDelayMs,
    };
  }

  /** The status of a token whose claims are verified; throws `claim_invalid`. */
  statusOf(claims: JsonObject, refuse: Refuse): TokenStatus | undefined {
    const reference = statusReferenceOf(claims, this.#config.uriBase, refuse);
    return reference && new ListedToken(this, reference);
  }

  /** Refuse a token that is not plainly valid, or return its list. */
  judge({ id, index }: StatusReference, refuse: Refuse, mayWait: boolean): HeldList {
    this.start();
    const list = this.#follower.lists.hold(id, true);
    if (list === undefined) {
      const expected = `up to ${this.#config.maxLists} status lists (revocation.maxLists)`;
      throw refuse('revocation_unavailable', { expected, retryAfterSeconds: 60 });
    }
    const value = list.valueAt(index);
    if (value === undefined) {
      const expected = `status.status_list.idx below ${list.size}`;
      throw refuse('claim_invalid', { step: 'revocation', expected, actual: index });
    }
    if (value !== 0) throw refuse('token_revoked');
    if (!list.isCurrent) this.#assertUsable(list, refuse, mayWait);
    return list;
  }

  /** A list that may lack changes is used for so long after the last contact, and no longer. */
  #assertUsable(list: HeldList, refuse: Refuse, mayWait: boolean): void {
    const nowMs = monotonicMs();
    const isFirstFetch = !list.isLoaded && list.isFetching && list.failures === 0;
    if (mayWait && isFirstFetch && nowMs - list.heldSinceMs < FIRST_FETCH_MS) {
      throw unavailable(list, refuse);
    }
    const isOver = this.#config.issuer.now() >= list.expiresMs;
    if (isOver || nowMs - list.contactMs >= this.#config.staleIfErrorMs) {
      throw unavailable(list, refuse);
    }
  }
}

const unavailable = (list: HeldList, refuse: Refuse): TokenError => {
  const waitMs = list.isFetching ? 1000 : list.dueMs - monotonicMs();
  return refuse('revocation_unavailable', {
    retryAfterSeconds: Math.ceil(waitMs / 1000),
    cause: list.lastError,
    wait: list.isFetching ? (timeoutMs) => list.settled(timeoutMs) : undefined,
  });
};
