import type { Algorithm } from './algorithms.ts';
import { notify, type VerifierEvent } from './events.ts';
import { FetchSchedule } from './fetch-schedule.ts';
import { HeldKeys } from './held-keys.ts';
import type { JsonObject } from './json-object.ts';
import { KeySearch } from './key-search.ts';
import { importKeySet, NoUsableKeyError } from './key-set.ts';
import { KeySnapshotFile } from './key-snapshot.ts';
import type { KeyLookup, KeySource, KeysPending, KeysState } from './key-source.ts';

export interface RefreshingKeysConfig {
  /** The issuer, or the URL of its keys where it has no name: for events and the snapshot. */
  readonly issuer: string;
  readonly algorithms: readonly Algorithm[];
  /** Fetch the JWK Set. */
  readonly load: (closed: AbortSignal) => Promise<JsonObject>;
  /** Age up to which keys are fresh. */
  readonly maxAgeMs: number;
  /** Age from which keys are no longer used. */
  readonly usableMs: number;
  readonly cooldownMs: number;
  readonly now: () => number;
  readonly onEvent?: ((event: VerifierEvent) => void) | undefined;
  readonly snapshotFile?: string | undefined;
}

/**
 * The keys that one issuer publishes. They are fetched on first use and again before `maxAgeMs`;
 * while fetching fails, the last good set is used up to `usableMs`.
 */
export class RefreshingKeys implements KeySource {
  readonly #config: RefreshingKeysConfig;
  readonly #held: HeldKeys;
  readonly #fetches: FetchSchedule;
  readonly #search: KeySearch;
  readonly #snapshot: KeySnapshotFile | undefined;
  #fetchedMs = Number.NEGATIVE_INFINITY;

  constructor(config: RefreshingKeysConfig) {
    const { issuer, onEvent, maxAgeMs, usableMs, cooldownMs, now, snapshotFile } = config;
    this.#config = config;
    this.#held = new HeldKeys({ issuer, onEvent });
    this.#fetches = new FetchSchedule({
      fetch: (startedMs, closed) => this.#fetch(startedMs, closed),
      onFailure: (error, failures, retryInMs) =>
        this.#notify({ type: 'keys_refresh_failed', issuer, error, failures, retryInMs }),
      maxAgeMs,
      now,
    });
    this.#search = new KeySearch(this.#fetches, cooldownMs);
    this.#snapshot =
      snapshotFile === undefined ? undefined : new KeySnapshotFile(snapshotFile, onEvent);
    this.#snapshot?.restore(issuer, now(), usableMs, ({ keySet, fetchedMs }) =>
      this.#replace(keySet, fetchedMs),
    );
  }

  find(algorithm: Algorithm, kid: string | undefined): KeyLookup {
    const nowMs = this.#config.now();
    const ageMs = nowMs - this.#fetchedMs;
    if (ageMs >= this.#config.usableMs) {
      if (this.#fetches.tryFetch(nowMs)) this.#search.setSought(kid, nowMs);
      return this.#fetches.pending(nowMs);
    }
    if (ageMs >= this.#config.maxAgeMs) this.#fetches.tryFetch(nowMs);
    const key = this.#held.find(algorithm, kid);
    if (key !== undefined || kid === undefined || this.#held.isRemoved(kid)) return key;
    return this.#search.search(kid, nowMs);
  }

  settled(timeoutMs: number): Promise<void> {
    return this.#fetches.settled(timeoutMs);
  }

  async ready(timeoutMs: number): Promise<KeysPending | undefined> {
    const nowMs = this.#config.now();
    if (nowMs - this.#fetchedMs >= this.#config.maxAgeMs) this.#fetches.tryFetch(nowMs);
    if (this.#hasKeys()) return undefined;
    await (timeoutMs === 0 ? this.#fetches.underWay : this.#fetches.untilSuccess(timeoutMs));
    return this.#hasKeys() ? undefined : this.#fetches.pending(this.#config.now());
  }

  #hasKeys(): boolean {
    return this.#config.now() - this.#fetchedMs < this.#config.usableMs;
  }

  remove(kid: string): boolean {
    if (!this.#held.remove(kid)) return false;
    this.#snapshot?.discard(this.#config.issuer);
    this.#fetches.tryFetch(this.#config.now());
    return true;
  }

  renew(): void {
    const nowMs = this.#config.now();
    if (nowMs - this.#fetchedMs >= this.#config.cooldownMs) this.#fetches.tryFetch(nowMs);
  }

  close(): void {
    this.#fetches.close();
  }

  status(): { keys: KeysState; ageSeconds: number | null } {
    const ageMs = this.#config.now() - this.#fetchedMs;
    if (ageMs >= this.#config.usableMs) return { keys: 'none', ageSeconds: null };
    const isDoubtful = this.#fetches.lastError instanceof NoUsableKeyError;
    const keys = ageMs >= this.#config.maxAgeMs || isDoubtful ? 'stale' : 'fresh';
    return { keys, ageSeconds: Math.max(0, Math.floor(ageMs / 1000)) };
  }

  async #fetch(startedMs: number, closed: AbortSignal): Promise<() => void> {
    const keySet = await this.#config.load(closed);
    this.#replace(keySet, startedMs);
    const { issuer, now } = this.#config;
    const event = { keys: this.#held.size, durationMs: now() - startedMs };
    return () => {
      this.#notify({ type: 'keys_refreshed', issuer, ...event });
      this.#snapshot?.keep({ issuer, fetchedMs: startedMs, keySet });
    };
  }

  /** A set without a usable key is no set, and throws. */
  #replace(keySet: JsonObject, fetchedMs: number): void {
    const { keys, skipped } = importKeySet(keySet, this.#config.algorithms);
    const dropped = this.#held.replace(keys, fetchedMs + this.#config.usableMs);
    this.#search.setDropped(dropped, fetchedMs);
    this.#fetchedMs = fetchedMs;
    this.#held.reportSkipped(skipped);
  }

  #notify(event: VerifierEvent): void {
    notify(this.#config.onEvent, event);
  }
}
