export interface MinimumRate {
  /** How long any transfer may take, however little it moves. */
  graceMs: number;
  bytesPerSecond: number;
}

/** Notices a client that sends or reads more slowly than it must: `bytes` may take `grace + bytes / rate`. */
export class TransferWatch {
  readonly #limits: MinimumRate;
  readonly #onTooSlow: () => void;
  #startedAt = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: MinimumRate, onTooSlow: () => void) {
    this.#limits = limits;
    this.#onTooSlow = onTooSlow;
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  /** Starts to count, or starts anew when the time so far was not the client's. */
  start(): void {
    this.#startedAt = performance.now();
    this.#bytes = 0;
    if (this.#timer === undefined) this.#checkIn(this.#limits.graceMs);
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #checkIn(ms: number): void {
    const timer = setTimeout(() => {
      // After what has arrived is read: a busy gateway is not the client's fault.
      setImmediate(() => {
        if (this.#timer === timer) this.#check();
      });
    }, ms);
    this.#timer = timer;
  }

  #check(): void {
    this.#timer = undefined;
    const { graceMs, bytesPerSecond } = this.#limits;
    const allowedMs = graceMs + (this.#bytes / bytesPerSecond) * 1_000;
    const leftMs = this.#startedAt + allowedMs - performance.now();
    if (leftMs <= 0) this.#onTooSlow();
    else this.#checkIn(Math.ceil(leftMs));
  }
}
