import type { ListBits } from './list-bits.ts';
import type { PublishedList } from './list-token.ts';
import { monotonicMs } from './monotonic.ts';

/** Bits that came before their list; beyond it the list itself has them. */
const MAX_EARLY = 65_536;

/** One list as it is held here. Its bits are only ever added to. */
export class HeldList {
  readonly id: string;
  readonly heldSinceMs = monotonicMs();
  /** Whether nothing is missing, as a state of the last seconds says. */
  isCurrent = false;
  /** Whether a token or a signed event named it; a state that no one signed does not count. */
  isNeeded = false;
  /** Whether the last state named it. */
  isNamed = false;
  #bits: ListBits | undefined;
  readonly #early = new Set<number>();
  /** The last change up to which it has all. */
  seq = -1;
  /** The last change that a signed event named. */
  #signedSeq = -1;
  /** The last change by the latest state, which no one signed. */
  statedSeq = -1;
  etag: string | undefined;
  ttlMs = 30_000;
  expiresMs = Number.POSITIVE_INFINITY;
  /** When the issuer last said what is in it; on the monotonic clock, as the rest. */
  contactMs: number;
  dueMs = Number.NEGATIVE_INFINITY;
  failures = 0;
  /** Fetches for missing changes that found none: a state may name changes that do not exist. */
  gaps = 0;
  /** No fetch for missing changes before this. */
  nextGapFetchMs = Number.NEGATIVE_INFINITY;
  lastError: Error | undefined;
  isFetching = false;
  #fetched = Promise.withResolvers<void>();

  constructor(id: string, contactMs: number) {
    this.id = id;
    this.contactMs = contactMs;
  }

  get isLoaded(): boolean {
    return this.#bits !== undefined;
  }

  get isBehind(): boolean {
    return Math.max(this.#signedSeq, this.statedSeq) > this.seq;
  }

  get size(): number {
    return this.#bits?.size ?? 0;
  }

  /** 0: valid; `undefined`: the list has no such index. */
  valueAt(index: number): number | undefined {
    return this.#bits === undefined ? Number(this.#early.has(index)) : this.#bits.valueAt(index);
  }

  /** @throws {Error} when it has another form than before: its bits would be others */
  take(published: PublishedList): void {
    const { bits, seq, ttlMs, expiresMs } = published;
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
    this.seq = Math.max(this.seq, seq);
    this.ttlMs = ttlMs;
    this.#bits = bits;
  }

  /** Set the bits of a change; where changes are missing before it, they stay missing. */
  apply(after: number, seq: number, indices: readonly number[]): void {
    for (const index of indices) {
      if (this.#bits !== undefined) this.#bits.setInvalid(index);
      else if (this.#early.size < MAX_EARLY) this.#early.add(index);
    }
    this.#signedSeq = Math.max(this.#signedSeq, seq);
    if (this.isLoaded && this.seq >= after) this.seq = Math.max(this.seq, seq);
  }

  /** Wait for the end of the next fetch, or for the time to be over. */
  async settled(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    await Promise.race([this.#fetched.promise, promise]);
    clearTimeout(timer);
  }

  fetchEnded(): void {
    this.isFetching = false;
    this.#fetched.resolve();
    this.#fetched = Promise.withResolvers<void>();
  }
}
