import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

const WINDOW_SECONDS = 10;
/** In microseconds, up to the longest that a service is waited for, within one percent: 24 KB each. */
const LATENCIES = { lowest: 1, highest: 600_000_000, figures: 2 };

interface Second {
  at: number;
  requests: number;
  errors: number;
  latencies: RecordableHistogram;
}

export interface TrafficFigures {
  requestsPerSecond: number;
  errorsPerSecond: number;
  /** To the head of the answer; 0 without requests. */
  p50Ms: number;
  p99Ms: number;
}

/** What a service was asked in the last ten seconds, each counted apart in a ring. */
export class Traffic {
  /** One more than are read: the one that is under way is not complete. */
  readonly #seconds: (Second | undefined)[] = Array(WINDOW_SECONDS + 1).fill(undefined);
  readonly #nowMs: () => number;

  constructor(nowMs = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  count(status: number, latencyMs: number): void {
    const second = this.#current();
    second.requests += 1;
    if (status >= 500) second.errors += 1;
    const microseconds = Math.round(latencyMs * 1_000);
    second.latencies.record(Math.min(LATENCIES.highest, Math.max(LATENCIES.lowest, microseconds)));
  }

  /** Of the last ten complete seconds. */
  figures(): TrafficFigures {
    const now = this.#second();
    const latencies = createHistogram(LATENCIES);
    let requests = 0;
    let errors = 0;
    for (const second of this.#seconds) {
      if (!second || second.at >= now || second.at < now - WINDOW_SECONDS) continue;
      requests += second.requests;
      errors += second.errors;
      latencies.add(second.latencies);
    }
    const msAt = (percent: number) => (requests > 0 ? latencies.percentile(percent) / 1_000 : 0);
    return {
      requestsPerSecond: requests / WINDOW_SECONDS,
      errorsPerSecond: errors / WINDOW_SECONDS,
      p50Ms: msAt(50),
      p99Ms: msAt(99),
    };
  }

  #second(): number {
    return Math.floor(this.#nowMs() / 1_000);
  }

  #current(): Second {
    const at = this.#second();
    const index = at % this.#seconds.length;
    const known = this.#seconds[index];
    if (known?.at === at) return known;
    const latencies = known?.latencies ?? createHistogram(LATENCIES);
    latencies.reset();
    const second = { at, requests: 0, errors: 0, latencies };
    this.#seconds[index] = second;
    return second;
  }
}
