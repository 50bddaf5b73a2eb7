import { randomInt } from 'node:crypto';

export const LIST_SIZE = 2 ** 17;
/** A free index is found by trying: of a list this full, every eighth try succeeds. */
const MOST_TAKEN = (LIST_SIZE * 7) / 8;
const NEARLY_TAKEN = (MOST_TAKEN * 3) / 4;
const ISSUING_MS = 3_600_000;
const NEARLY_MS = ISSUING_MS - 300_000;

/** The end of issuing from a list that opens now. */
export const endOfIssuing = (openedMs: number): number => openedMs + ISSUING_MS;

/**
 * A list that this instance alone issues from. Each index is given out once, at random, so that it
 * says nothing of when its token was issued, or after which other.
 */
export class IssuingList {
  readonly id: number;
  readonly #openedMs: number;
  readonly #isTaken = new Uint8Array(LIST_SIZE);
  #taken = 0;

  constructor(id: number, openedMs: number) {
    this.id = id;
    this.#openedMs = openedMs;
  }

  get isUnused(): boolean {
    return this.#taken === 0;
  }

  /** Whether a token may still be issued from it at that time. */
  isOpen(atMs: number): boolean {
    return this.#taken < MOST_TAKEN && atMs < endOfIssuing(this.#openedMs);
  }

  /** Whether it is time to open the next one. */
  isNearItsEnd(atMs: number): boolean {
    return this.#taken >= NEARLY_TAKEN || atMs >= this.#openedMs + NEARLY_MS;
  }

  take(): number {
    let index = randomInt(LIST_SIZE);
    while (this.#isTaken[index] === 1) index = randomInt(LIST_SIZE);
    this.#isTaken[index] = 1;
    this.#taken += 1;
    return index;
  }
}
