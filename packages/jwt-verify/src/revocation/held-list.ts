import { refreshDelayMs, retryDelayMs } from '../fetch-delays.ts';
import { settle } from '../settle.ts';
import type { ListBits } from './list-bits.ts';
import type { PublishedList } from './list-token.ts';
import { monotonicMs } from './monotonic.ts';

/** Bits that came before their list; beyond it the list itself has them. */
const MAX_EARLY = 65_536;

/** One list as it is held here. Its bits are only ever added to. Times are on the monotonic clock. */
export class HeldList {
  readonly id: string;
  readonly heldSinceMs = monotonicMs();
  /** Whether nothing is missing, as a state of the last seconds says. */
  isCurrent = false;
  /** Whether a token or a signed event named it; a state that no one signed does not count. */
  isNeeded = false;
  /** Whether the last state named it. */
  isNamed = false;
  isFetching = false;
  etag: string | undefined;
  ttlMs = 30_000;
  /** The `exp` of the list, in ms since the epoch. */
  expiresMs = Number.POSITIVE_INFINITY;
  /** When the issuer last said what is in it. */
  contactMs: number;
  /** When it is fetched next. */
  dueMs = Number.NEGATIVE_INFINITY;
  failures = 0;
  lastError: Error | undefined;
  #bits: ListBits | undefined;
  readonly #early = new Set<number>();
  /** The last change up to which it has all. */
  #seq = -1;
  /** The last change that a signed event named. */
  #signedSeq = -1;
  /** The last change by the latest state, which no one signed. */
  #statedSeq = -1;
  /** What it had when the fetch under way began, if changes were missing then. */
  #seqBefore: number | undefined;
  /** Fetches for missing changes that found none: a state may name changes that do not exist. */
  #vainFetches = 0;
  /** No fetch for missing changes before this. */
  #nextGapFetchMs = Number.NEGATIVE_INFINITY;
  #fetched = Promise.withResolvers<void>();

  constructor(id: string, contactMs: number) {
    this.id = id;
    this.contactMs = contactMs;
  }

  get isLoaded(): boolean {
    return this.#bits !== undefined;
  }

  get seq(): number {
    return this.#seq;
  }

  get isBehind(): boolean {
    return Math.max(this.#signedSeq, this.#statedSeq) > this.#seq;
  }

  get size(): number {
    return this.#bits?.size ?? 0;
  }

  /** 0: valid; `undefined`: the list has no such index. */
  valueAt(index: number): number | undefined {
    return this.#bits === undefined ? Number(this.#early.has(index)) : this.#bits.valueAt(index);
  }

  /** @throws {Error} when it has another form than before: its bits would be others */
  take({ bits, seq, ttlMs, expiresMs }: PublishedList, etag: string | undefined): void {
    const before = this.#bits;
    if (before !== undefined) {
      if (before.width !== bits.width || before.bytes.length !== bits.bytes.length) {
        throw new Error('it has another size than before');
      }
      bits.addAll(before);
    }
    for (const index of this.#early) bits.setInvalid(index);
    this.#early.clear();
    // A list from a cache on the way may be older than the one before.
    this.expiresMs = before === undefined ? expiresMs : Math.max(this.expiresMs, expiresMs);
    this.#seq = Math.max(this.#seq, seq);
    this.ttlMs = ttlMs;
    this.etag = etag;
    this.#bits = bits;
  }

  /** Take note of its number in a state; `undefined` where the state does not name it. */
  hear(statedSeq: number | undefined, nowMs: number): void {
    this.isNamed = statedSeq !== undefined;
    if (statedSeq === undefined) return;
    this.#statedSeq = statedSeq;
    if (this.isLoaded && !this.isBehind) this.contactMs = nowMs;
    this.#fetchIfBehind();
  }

  /** Set the bits of a change; where changes are missing before it, they stay missing. */
  apply(after: number, seq: number, indices: readonly number[]): void {
    for (const index of indices) {
      if (this.#bits !== undefined) this.#bits.setInvalid(index);
      else if (this.#early.size < MAX_EARLY) this.#early.add(index);
    }
    this.#signedSeq = Math.max(this.#signedSeq, seq);
    if (this.isLoaded && this.#seq >= after) this.#seq = Math.max(this.#seq, seq);
    this.#fetchIfBehind();
  }

  #fetchIfBehind(): void {
    if (!this.isLoaded || !this.isBehind || this.failures > 0) return;
    this.dueMs = Math.min(this.dueMs, this.#nextGapFetchMs);
  }

  fetchBegins(): void {
    this.isFetching = true;
    this.#seqBefore = this.isBehind ? this.#seq : undefined;
  }

  fetchSucceeded(): void {
    const nowMs = monotonicMs();
    this.contactMs = nowMs;
    this.failures = 0;
    this.lastError = undefined;
    // A list that was opened since the last state is named by the next one.
    if (this.isNeeded) this.isNamed = true;
    if (this.#seqBefore === undefined) this.#vainFetches = Math.max(0, this.#vainFetches - 1);
    else this.#vainFetches = this.#seq > this.#seqBefore ? 0 : this.#vainFetches + 1;
    const pauseMs = this.#vainFetches === 0 ? 0 : retryDelayMs(this.#vainFetches, false);
    this.#nextGapFetchMs = nowMs + pauseMs;
    this.dueMs = nowMs + (this.isBehind ? pauseMs : refreshDelayMs(this.ttlMs));
  }

  /** Returns the time until the next fetch, in ms. */
  fetchFailed(error: Error): number {
    this.failures++;
    this.lastError = error;
    const retryInMs = Math.min(this.ttlMs, retryDelayMs(this.failures, false));
    this.dueMs = monotonicMs() + retryInMs;
    return retryInMs;
  }

  fetchEnded(): void {
    this.isFetching = false;
    this.#fetched.resolve();
    this.#fetched = Promise.withResolvers<void>();
  }

  /** Wait for the end of the next fetch, or for the time to be over. */
  settled(timeoutMs: number): Promise<void> {
    return settle(this.#fetched.promise, timeoutMs);
  }
}
