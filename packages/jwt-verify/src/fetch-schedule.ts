import { refreshDelayMs, retryDelayMs, waitedForDelayMs } from './fetch-delays.ts';
import type { KeysPending } from './key-source.ts';
import { errorFrom } from './reason.ts';
import { settle } from './settle.ts';

export interface FetchScheduleConfig {
  /**
   * Fetch once. What it returns is called after the schedule has taken note of the success.
   *
   * @param closed aborts when the verifier is closed
   */
  readonly fetch: (startedMs: number, closed: AbortSignal) => Promise<() => void>;
  readonly onFailure: (error: Error, failures: number, retryInMs: number) => void;
  readonly maxAgeMs: number;
  readonly now: () => number;
}

/**
 * When to fetch: at most one fetch at a time, again before the age `maxAgeMs`, and after a failure
 * with a growing delay.
 */
export class FetchSchedule {
  readonly #config: FetchScheduleConfig;
  readonly #closed = new AbortController();
  #underWay: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #nextTryMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #lastError: unknown;
  /** Ends the wait of each caller of `untilSuccess`. */
  readonly #waiting = new Set<() => void>();

  constructor(config: FetchScheduleConfig) {
    this.#config = config;
  }

  get underWay(): Promise<void> | undefined {
    return this.#underWay;
  }

  /** Before this time a fetch is refused, since the last one failed. */
  get nextTryMs(): number {
    return this.#nextTryMs;
  }

  get hasFailed(): boolean {
    return this.#failures > 0;
  }

  get lastError(): unknown {
    return this.#lastError;
  }

  /** Start a fetch, unless one runs, or a failure was too short ago. Returns whether it began. */
  tryFetch(nowMs: number): boolean {
    if (this.#underWay !== undefined || nowMs < this.#nextTryMs) return false;
    if (this.#closed.signal.aborted) return false;
    clearTimeout(this.#timer);
    this.#underWay = this.#fetch(nowMs).finally(() => {
      this.#underWay = undefined;
    });
    return true;
  }

  /** What to answer while keys are missing; the next fetch is allowed at `allowedMs`. */
  pending(nowMs: number, allowedMs = this.#nextTryMs): KeysPending {
    const worthWaiting = this.#underWay !== undefined;
    const waitMs = worthWaiting ? 1000 : Math.max(1000, allowedMs - nowMs);
    return { retryAfterSeconds: Math.ceil(waitMs / 1000), worthWaiting, cause: this.#lastError };
  }

  /** Wait for the fetch under way, if there is one, or for the time to be over. */
  settled(timeoutMs: number): Promise<void> {
    return settle(this.#underWay, timeoutMs);
  }

  /** Wait for a fetch that succeeds, for `close()`, or for the time to be over. */
  async untilSuccess(timeoutMs: number): Promise<void> {
    if (this.#closed.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    // Also keeps the process running, which the timers of the retries do not.
    const timer = setTimeout(resolve, timeoutMs);
    this.#waiting.add(resolve);
    if (this.#underWay === undefined) this.#fetchIn(waitedForDelayMs());
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
  }

  close(): void {
    this.#closed.abort();
    clearTimeout(this.#timer);
    this.#lastError ??= new Error('the verifier is closed');
    this.#endWaits();
  }

  async #fetch(startedMs: number): Promise<void> {
    try {
      const report = await this.#config.fetch(startedMs, this.#closed.signal);
      this.#failures = 0;
      this.#nextTryMs = Number.NEGATIVE_INFINITY;
      this.#lastError = undefined;
      this.#fetchIn(refreshDelayMs(this.#config.maxAgeMs));
      this.#endWaits();
      report();
    } catch (thrown) {
      if (!this.#closed.signal.aborted) this.#fail(errorFrom(thrown));
    }
  }

  #fail(error: Error): void {
    this.#failures += 1;
    this.#lastError = error;
    const delayMs = retryDelayMs(this.#failures, this.#waiting.size > 0);
    this.#nextTryMs = this.#config.now() + delayMs;
    this.#fetchIn(delayMs);
    this.#config.onFailure(error, this.#failures, delayMs);
  }

  #endWaits(): void {
    for (const end of this.#waiting) end();
  }

  #fetchIn(delayMs: number): void {
    if (this.#closed.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // The wait is over, even if an injected clock says otherwise.
      this.#nextTryMs = Number.NEGATIVE_INFINITY;
      this.tryFetch(this.#config.now());
    }, Math.ceil(delayMs));
    this.#timer.unref();
  }
}
