import type { Registry } from 'prom-client';

/** One thing that must work before a service can answer; throws, or returns the reason as text. */
export type ReadinessCheck = () => unknown;

export interface Readiness {
  ready: boolean;
  /** `ok` or the reason, by name of the check. */
  checks: Record<string, string>;
  /** What is worth knowing and makes no difference to readiness. */
  details?: Record<string, string>;
}

/** What is worth knowing of a service, besides whether it is ready. */
export interface HealthReport {
  /** For `/readyz`; it makes no difference to readiness. */
  details?: () => Record<string, string>;
  /** Adds to what `/metrics` serves. */
  metrics?: (registry: Registry) => void;
}

const CHECK_TIMEOUT_MS = 2_000;

/** Liveness says that the process runs; readiness that requests may come, with the reasons why not. */
export class Health {
  readonly #checks: Record<string, ReadinessCheck>;
  readonly #report: HealthReport;
  readonly #drain = new AbortController();

  constructor(checks: Record<string, ReadinessCheck> = {}, report: HealthReport = {}) {
    this.#checks = checks;
    this.#report = report;
  }

  addMetrics(registry: Registry): void {
    this.#report.metrics?.(registry);
  }

  get draining(): boolean {
    return this.#drain.signal.aborted;
  }

  /** Aborted when the service begins to drain. */
  get drainSignal(): AbortSignal {
    return this.#drain.signal;
  }

  /** From here on the service is draining: the gateway sends it no new requests. */
  drain(): void {
    this.#drain.abort();
  }

  async readiness(): Promise<Readiness> {
    const entries = await Promise.all(
      Object.entries(this.#checks).map(
        async ([name, check]) => [name, await outcome(check)] as const,
      ),
    );
    const checks = Object.fromEntries(entries);
    if (this.draining) checks.process = 'draining';
    const ready = Object.values(checks).every((text) => text === 'ok');
    const details = this.#report.details?.();
    return { ready, checks, ...(details ? { details } : {}) };
  }
}

async function outcome(check: ReadinessCheck): Promise<string> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('timed out')), CHECK_TIMEOUT_MS);
  try {
    const reason = await Promise.race([check(), timeout]);
    return typeof reason === 'string' ? reason : 'ok';
  } catch {
    return 'failing';
  } finally {
    clearTimeout(timer);
  }
}
