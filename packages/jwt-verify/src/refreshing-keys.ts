import type { Algorithm } from './algorithms.ts';
import { notify, type VerifierEvent } from './events.ts';
import type { JsonObject } from './json-object.ts';
import { importKeySet, KeyIndex, NoUsableKeyError, type SkippedKey } from './key-set.ts';
import { readSnapshot, writeSnapshot } from './key-snapshot.ts';
import type { KeyLookup, KeySource, KeysPending, KeysState } from './key-source.ts';
import { errorFrom } from './reason.ts';
import { UnknownKids } from './unknown-kids.ts';
import type { VerificationKey } from './verification-key.ts';

export interface RefreshingKeysConfig {
  /** The issuer, or the URL of its keys where it has no name: for events and the snapshot. */
  readonly issuer: string;
  readonly algorithms: readonly Algorithm[];
  /** Fetch the JWK Set. */
  readonly load: (closed: AbortSignal) => Promise<JsonObject>;
  readonly freshMs: number;
  readonly staleMs: number;
  readonly hardMs: number;
  readonly cooldownMs: number;
  readonly now: () => number;
  readonly onEvent?: ((event: VerifierEvent) => void) | undefined;
  readonly snapshotFile?: string | undefined;
}

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;
/** While somebody waits for the first keys. */
const READY_RETRY_MS = 2000;
const MAX_KID_LENGTH = 256;

/** From `least` up to one, so that a fleet does not ask at the same moment. */
const jitter = (least: number): number => least + Math.random() * (1 - least);

/**
 * The keys of one issuer in memory. They are fetched on first use and again ahead of their age; at
 * most one fetch runs at a time, failures back off, and the last good set goes on serving up to the
 * hard limit.
 */
export class RefreshingKeys implements KeySource {
  readonly #config: RefreshingKeysConfig;
  readonly #closed = new AbortController();
  #index = new KeyIndex([]);
  #keys: ReadonlyMap<string, VerificationKey> = new Map();
  #fetchedMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #nextTryMs = Number.NEGATIVE_INFINITY;
  #lastError: unknown;
  #underWay: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Those who wait in `ready`. */
  readonly #waiting = new Set<() => void>();
  /** The keys that the last set had and that can't be used. */
  #skipped: ReadonlySet<string> = new Set();
  readonly #unknownKids: UnknownKids;

  constructor(config: RefreshingKeysConfig) {
    this.#config = config;
    this.#unknownKids = new UnknownKids(config.cooldownMs);
    const { snapshotFile, issuer } = config;
    if (snapshotFile === undefined) return;
    const snapshot = readSnapshot(snapshotFile, issuer, config.now(), config.hardMs);
    if (snapshot === undefined) return;
    try {
      this.#replace(snapshot.keySet, snapshot.fetchedMs);
    } catch (error) {
      this.#notify({ type: 'snapshot_failed', issuer, error: errorFrom(error) });
    }
  }

  find(algorithm: Algorithm, kid: string | undefined): KeyLookup {
    const nowMs = this.#config.now();
    const ageMs = nowMs - this.#fetchedMs;
    if (ageMs >= this.#config.hardMs) return this.#fetchFirst(kid, nowMs);
    if (ageMs >= this.#config.freshMs) this.#tryFetch(nowMs);
    const key = this.#index.find(algorithm, kid);
    if (key !== undefined || kid === undefined || kid.length > MAX_KID_LENGTH) return key;
    return this.#seek(kid, nowMs);
  }

  #fetchFirst(kid: string | undefined, nowMs: number): KeyLookup {
    const starts = this.#underWay === undefined;
    this.#tryFetch(nowMs);
    if (starts && this.#underWay !== undefined) this.#unknownKids.setSought(kid, nowMs);
    return this.#pending(nowMs, this.#nextTryMs);
  }

  /**
   * A `kid` that is not in the set may be a new key's. One fetch per cool-down finds out, however
   * many ask. Until the next is allowed, any other unknown `kid` gets 503 with Retry-After: strangers
   * with invented names can delay the bearer of a new key, but not have it refused.
   */
  #seek(kid: string, nowMs: number): KeyLookup {
    const allowedMs = Math.max(this.#unknownKids.nextSeekMs, this.#nextTryMs);
    if (this.#underWay !== undefined) return this.#pending(nowMs, allowedMs);
    if (this.#failures === 0 && this.#unknownKids.isKnownToBeGone(kid, nowMs)) return undefined;
    if (nowMs >= allowedMs) {
      this.#unknownKids.seek(kid, nowMs);
      this.#tryFetch(nowMs);
    }
    return this.#pending(nowMs, allowedMs);
  }

  #pending(nowMs: number, allowedMs: number): KeysPending {
    const worthWaiting = this.#underWay !== undefined;
    const waitMs = worthWaiting ? 1000 : Math.max(1000, allowedMs - nowMs);
    return { retryAfterSeconds: Math.ceil(waitMs / 1000), worthWaiting, cause: this.#lastError };
  }

  async settled(): Promise<void> {
    await this.#underWay;
  }

  async ready(timeoutMs: number): Promise<KeysPending | undefined> {
    const nowMs = this.#config.now();
    if (nowMs - this.#fetchedMs >= this.#config.freshMs) this.#tryFetch(nowMs);
    if (this.#hasKeys()) return undefined;
    await (timeoutMs === 0 ? this.#underWay : this.#untilKeys(timeoutMs));
    return this.#hasKeys() ? undefined : this.#pending(this.#config.now(), this.#nextTryMs);
  }

  /** Wait for a fetch that brings keys, for `close()`, or for the time to be over. */
  async #untilKeys(timeoutMs: number): Promise<void> {
    if (this.#closed.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    // Also keeps the process running, which the timers of the retries do not.
    const timer = setTimeout(resolve, timeoutMs);
    this.#waiting.add(resolve);
    if (this.#underWay === undefined) this.#schedule(READY_RETRY_MS * jitter(0.5));
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
  }

  #hasKeys(): boolean {
    return this.#config.now() - this.#fetchedMs < this.#config.hardMs;
  }

  close(): void {
    this.#closed.abort();
    clearTimeout(this.#timer);
    this.#lastError ??= new Error('the verifier is closed');
    this.#endWaits();
  }

  #endWaits(): void {
    for (const end of this.#waiting) end();
  }

  status(): { keys: KeysState; ageSeconds: number | null } {
    const ageMs = this.#config.now() - this.#fetchedMs;
    if (ageMs >= this.#config.hardMs) return { keys: 'none', ageSeconds: null };
    const isDoubtful = this.#lastError instanceof NoUsableKeyError;
    const keys = ageMs >= this.#config.staleMs || isDoubtful ? 'stale' : 'fresh';
    return { keys, ageSeconds: Math.max(0, Math.floor(ageMs / 1000)) };
  }

  /** Start a fetch, unless one runs, or a failure was too short ago. */
  #tryFetch(nowMs: number): void {
    if (this.#underWay !== undefined || nowMs < this.#nextTryMs) return;
    if (this.#closed.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#underWay = this.#fetch(nowMs).finally(() => {
      this.#underWay = undefined;
    });
  }

  async #fetch(startedMs: number): Promise<void> {
    const { issuer, freshMs } = this.#config;
    try {
      const keySet = await this.#config.load(this.#closed.signal);
      const keys = this.#replace(keySet, startedMs);
      const durationMs = this.#config.now() - startedMs;
      this.#failures = 0;
      this.#nextTryMs = Number.NEGATIVE_INFINITY;
      this.#lastError = undefined;
      this.#schedule(freshMs * 0.9 * jitter(0.8));
      this.#endWaits();
      this.#notify({ type: 'keys_refreshed', issuer, keys, durationMs });
      this.#keep(keySet, startedMs);
    } catch (thrown) {
      if (this.#closed.signal.aborted) return;
      const error = errorFrom(thrown);
      const longestMs = this.#waiting.size > 0 ? READY_RETRY_MS : LAST_RETRY_MS;
      const backOffMs = Math.min(longestMs, FIRST_RETRY_MS * 2 ** this.#failures) * jitter(0.5);
      this.#failures += 1;
      this.#lastError = error;
      this.#nextTryMs = this.#config.now() + backOffMs;
      this.#schedule(backOffMs);
      const failures = this.#failures;
      this.#notify({ type: 'keys_refresh_failed', issuer, error, failures, nextTryMs: backOffMs });
    }
  }

  /**
   * The new set stands in place of the old one: a key that is no longer in it is dead at once. A set
   * without a usable key is no set, and throws.
   */
  #replace(keySet: JsonObject, fetchedMs: number): number {
    const { algorithms, hardMs } = this.#config;
    const { keys, skipped } = importKeySet(keySet, algorithms);
    const kept = new Map(keys.map((key) => [key.identity, this.#keys.get(key.identity) ?? key]));
    const dropped = [...this.#keys.values()].filter(({ identity }) => !kept.has(identity));
    for (const key of dropped) key.usableUntilMs = Number.NEGATIVE_INFINITY;
    this.#unknownKids.setDropped(new Set(dropped.map(({ kid }) => kid)), fetchedMs);
    for (const key of kept.values()) key.usableUntilMs = fetchedMs + hardMs;
    this.#keys = kept;
    this.#index = new KeyIndex([...kept.values()]);
    this.#fetchedMs = fetchedMs;
    this.#reportSkipped(skipped);
    return kept.size;
  }

  /** Once for each, not with every refresh. */
  #reportSkipped(skipped: readonly SkippedKey[]): void {
    const { issuer } = this.#config;
    const before = this.#skipped;
    this.#skipped = new Set(skipped.map((key) => JSON.stringify(key)));
    for (const key of skipped) {
      const { kid, reason } = key;
      if (before.has(JSON.stringify(key))) continue;
      this.#notify({ type: 'key_skipped', issuer, kid, reason });
    }
  }

  #keep(keySet: JsonObject, fetchedMs: number): void {
    const { snapshotFile, issuer } = this.#config;
    if (snapshotFile === undefined) return;
    try {
      writeSnapshot(snapshotFile, { issuer, fetchedMs, keySet });
    } catch (error) {
      this.#notify({ type: 'snapshot_failed', issuer, error: errorFrom(error) });
    }
  }

  #schedule(delayMs: number): void {
    if (this.#closed.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // The wait is over, whatever a clock that was injected says.
      this.#nextTryMs = Number.NEGATIVE_INFINITY;
      this.#tryFetch(this.#config.now());
    }, Math.ceil(delayMs));
    this.#timer.unref();
  }

  #notify(event: VerifierEvent): void {
    notify(this.#config.onEvent, event);
  }
}
