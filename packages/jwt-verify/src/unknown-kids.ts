/**
 * What is known of each `kid` that is not in the set: which one the last fetch was for, which ones it
 * took away, and when the next such fetch is allowed.
 */
export class UnknownKids {
  readonly #cooldownMs: number;
  #lastSeekMs = Number.NEGATIVE_INFINITY;
  #sought: string | undefined;
  #soughtUntilMs = Number.NEGATIVE_INFINITY;
  #dropped: ReadonlySet<string | undefined> = new Set();
  #droppedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(cooldownMs: number) {
    this.#cooldownMs = cooldownMs;
  }

  get nextSeekMs(): number {
    return this.#lastSeekMs + this.#cooldownMs;
  }

  /** A fetch for this `kid` begins: its answer stands for the cool-down. */
  seek(kid: string, nowMs: number): void {
    this.#lastSeekMs = nowMs;
    this.setSought(kid, nowMs);
  }

  /** A fetch that was due anyway begins, and answers for this `kid` too. */
  setSought(kid: string | undefined, nowMs: number): void {
    this.#sought = kid;
    this.#soughtUntilMs = nowMs + this.#cooldownMs;
  }

  setDropped(kids: ReadonlySet<string | undefined>, fetchedMs: number): void {
    this.#dropped = kids;
    this.#droppedUntilMs = fetchedMs + this.#cooldownMs;
  }

  /** Whether a fetch that began after this `kid` was asked for, or that took it away, says so. */
  isKnownToBeGone(kid: string, nowMs: number): boolean {
    if (nowMs < this.#droppedUntilMs && this.#dropped.has(kid)) return true;
    return nowMs < this.#soughtUntilMs && this.#sought === kid;
  }
}
