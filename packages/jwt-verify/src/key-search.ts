import type { FetchSchedule } from './fetch-schedule.ts';
import type { KeysPending } from './key-source.ts';

const MAX_KID_LENGTH = 256;

/**
 * The search for a `kid` that is not in the set, which may be a new key's. One fetch per cool-down
 * finds out, however many ask. Until the next is allowed, any other unknown `kid` gets 503 with
 * Retry-After: strangers with invented names can delay the bearer of a new key, but not have it
 * refused.
 */
export class KeySearch {
  readonly #fetches: FetchSchedule;
  readonly #cooldownMs: number;
  #nextSearchMs = Number.NEGATIVE_INFINITY;
  #sought: string | undefined;
  #soughtUntilMs = Number.NEGATIVE_INFINITY;
  #dropped: ReadonlySet<string | undefined> = new Set();
  #droppedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(fetches: FetchSchedule, cooldownMs: number) {
    this.#fetches = fetches;
    this.#cooldownMs = cooldownMs;
  }

  /** Search for this `kid`; `undefined` when it is known that no key has it. */
  search(kid: string, nowMs: number): KeysPending | undefined {
    if (kid.length > MAX_KID_LENGTH) return undefined;
    const fetches = this.#fetches;
    const allowedMs = Math.max(this.#nextSearchMs, fetches.nextTryMs);
    if (fetches.underWay !== undefined) return fetches.pending(nowMs, allowedMs);
    if (!fetches.hasFailed && this.#isKnownToBeGone(kid, nowMs)) return undefined;
    if (nowMs >= allowedMs) {
      this.#nextSearchMs = nowMs + this.#cooldownMs;
      this.setSought(kid, nowMs);
      fetches.tryFetch(nowMs);
    }
    return fetches.pending(nowMs, allowedMs);
  }

  /** The fetch that begins now answers for this `kid`, for as long as the cool-down. */
  setSought(kid: string | undefined, nowMs: number): void {
    this.#sought = kid;
    this.#soughtUntilMs = nowMs + this.#cooldownMs;
  }

  /** The set fetched then no longer had these. */
  setDropped(kids: ReadonlySet<string | undefined>, fetchedMs: number): void {
    this.#dropped = kids;
    this.#droppedUntilMs = fetchedMs + this.#cooldownMs;
  }

  /** Whether a fetch that began after this `kid` was asked for, or that took it away, says so. */
  #isKnownToBeGone(kid: string, nowMs: number): boolean {
    if (nowMs < this.#droppedUntilMs && this.#dropped.has(kid)) return true;
    return nowMs < this.#soughtUntilMs && this.#sought === kid;
  }
}
