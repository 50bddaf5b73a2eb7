import type { ValidityPeriod } from '../claim-rules.ts';
import type { VerifiedToken } from '../token.ts';
import type { VerificationKey } from '../verification-key.ts';

// 0.28 µs a hit in place of 1.2 (docs/decisions/019).

interface Entry extends ValidityPeriod {
  readonly token: string;
  readonly tail: string;
  readonly verified: VerifiedToken;
  readonly key: VerificationKey;
  readonly bytes: number;
  newer: Entry;
  older: Entry;
}

// Each character of a signature is as random as any other: the end of it finds the entry, and a
// comparison of the whole decides. Hashing 32 characters costs a quarter of hashing 700.
const TAIL_LENGTH = 32;

// Claims, header and the entry itself, beside the text.
const bytesOf = (token: string): number => token.length * 3 + 512;

/**
 * Verified tokens, the least recently used out first. A hit is byte for byte the token that was
 * verified, is in its time, and was signed with a key that is still in the set.
 */
export class TokenCache {
  readonly #entries = new Map<string, Entry>();
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  /** A ring through all entries: its `older` is the newest, its `newer` the oldest. */
  readonly #ring: Entry;
  bytes = 0;

  constructor(limits: { readonly maxEntries: number; readonly maxBytes: number }) {
    this.#maxEntries = limits.maxEntries;
    this.#maxBytes = limits.maxBytes;
    const ring = {} as Entry;
    ring.newer = ring;
    ring.older = ring;
    this.#ring = ring;
  }

  get entries(): number {
    return this.#entries.size;
  }

  get(token: string, nowMs: number): VerifiedToken | undefined {
    if (typeof token !== 'string') return undefined;
    const entry = this.#entries.get(token.slice(-TAIL_LENGTH));
    if (entry === undefined || entry.token !== token) return undefined;
    if (nowMs >= entry.expiresMs || nowMs >= entry.key.usableUntilMs) {
      this.#drop(entry);
      return undefined;
    }
    if (nowMs < entry.notBeforeMs) return undefined;
    if (this.#ring.older !== entry) {
      unlink(entry);
      this.#linkNewest(entry);
    }
    return entry.verified;
  }

  add(token: string, verified: VerifiedToken, key: VerificationKey, period: ValidityPeriod): void {
    const bytes = bytesOf(token);
    if (bytes > this.#maxBytes) return;
    const tail = token.slice(-TAIL_LENGTH);
    const same = this.#entries.get(tail);
    if (same !== undefined) this.#drop(same);
    const ring = this.#ring;
    const { notBeforeMs, expiresMs } = period;
    const entry: Entry = {
      token,
      tail,
      verified,
      key,
      bytes,
      notBeforeMs,
      expiresMs,
      newer: ring,
      older: ring,
    };
    this.#entries.set(tail, entry);
    this.#linkNewest(entry);
    this.bytes += bytes;
    while (this.#entries.size > this.#maxEntries || this.bytes > this.#maxBytes) {
      this.#drop(ring.newer);
    }
  }

  #drop(entry: Entry): void {
    unlink(entry);
    this.#entries.delete(entry.tail);
    this.bytes -= entry.bytes;
  }

  #linkNewest(entry: Entry): void {
    const ring = this.#ring;
    entry.older = ring.older;
    entry.newer = ring;
    ring.older.newer = entry;
    ring.older = entry;
  }
}

const unlink = (entry: Entry): void => {
  entry.newer.older = entry.older;
  entry.older.newer = entry.newer;
};
