import type { Algorithm } from './algorithms.ts';
import { notify, type VerifierEvent } from './events.ts';
import { KeyIndex, type SkippedKey } from './key-set.ts';
import type { VerificationKey } from './verification-key.ts';

export interface HeldKeysConfig {
  /** For events. */
  readonly issuer: string;
  readonly onEvent: ((event: VerifierEvent) => void) | undefined;
}

const MAX_REMOVED = 100;

/** The keys of one issuer in memory; each new set replaces the one before. */
export class HeldKeys {
  readonly #config: HeldKeysConfig;
  #index = new KeyIndex([]);
  #keys: ReadonlyMap<string, VerificationKey> = new Map();
  /** The keys that the last set had and that can't be used. */
  #skipped: ReadonlySet<string> = new Set();
  readonly #removed = new Set<string>();

  constructor(config: HeldKeysConfig) {
    this.#config = config;
  }

  get size(): number {
    return this.#keys.size;
  }

  find(algorithm: Algorithm, kid: string | undefined): VerificationKey | undefined {
    return this.#index.find(algorithm, kid);
  }

  /**
   * Replace the keys: one that is no longer among them is refused at once.
   *
   * @returns the `kid` of each key that is gone
   */
  replace(
    keys: readonly VerificationKey[],
    usableUntilMs: number,
  ): ReadonlySet<string | undefined> {
    const allowed = keys.filter(({ kid }) => kid === undefined || !this.#removed.has(kid));
    const kept = new Map(allowed.map((key) => [key.identity, this.#keys.get(key.identity) ?? key]));
    const dropped = [...this.#keys.values()].filter(({ identity }) => !kept.has(identity));
    for (const key of dropped) key.usableUntilMs = Number.NEGATIVE_INFINITY;
    for (const key of kept.values()) key.usableUntilMs = usableUntilMs;
    this.#keys = kept;
    this.#index = new KeyIndex([...kept.values()]);
    return new Set(dropped.map(({ kid }) => kid));
  }

  isRemoved(kid: string): boolean {
    return this.#removed.has(kid);
  }

  /** Refuse the key at once and for good: a set that still has it may come out of a cache. */
  remove(kid: string): boolean {
    if (this.#removed.has(kid)) return false;
    this.#removed.add(kid);
    for (const oldest of this.#removed) {
      if (this.#removed.size <= MAX_REMOVED) break;
      this.#removed.delete(oldest);
    }
    const keys = [...this.#keys.values()];
    this.replace(keys, keys[0]?.usableUntilMs ?? Number.NEGATIVE_INFINITY);
    return true;
  }

  /** Report the keys of the set that can't be used: once for each, not with every set. */
  reportSkipped(skipped: readonly SkippedKey[]): void {
    const { issuer, onEvent } = this.#config;
    const before = this.#skipped;
    this.#skipped = new Set(skipped.map((key) => JSON.stringify(key)));
    for (const key of skipped) {
      if (before.has(JSON.stringify(key))) continue;
      const { kid, reason } = key;
      notify(onEvent, { type: 'key_skipped', issuer, kid, reason });
    }
  }
}
