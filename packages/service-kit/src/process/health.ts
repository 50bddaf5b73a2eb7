/** One thing that must work before a service can answer; throws, or returns the reason as text. */
export type ReadinessCheck = () => unknown;

export interface Readiness {
  ready: boolean;
  /** `ok` or the reason, by name of the check. */
  checks: Record<string, string>;
  /** What is worth knowing and makes no difference to readiness. */
  details?: Record<string, string>;
}

const CHECK_TIMEOUT_MS = 2_000;

/** Liveness says that the process runs; readiness that requests may come, with the reasons why not. */
export class Health {
  readonly #checks: Record<string, ReadinessCheck>;
  readonly #details: (() => Record<string, string>) | undefined;
  readonly #drain = new AbortController();

  constructor(checks: Record<string, ReadinessCheck> = {}, details?: () => Record<string, string>) {
    this.#checks = checks;
    this.#details = details;
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
    return { ready, checks, ...(this.#details ? { details: this.#details() } : {}) };
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
