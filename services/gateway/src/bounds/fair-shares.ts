/**
 * Something scarce that many clients, each one network, use at once. A client may hold as much as is still free: alone
 * it gets half, `n` clients at their limit get 1/(n+1) each, and as much is left for a newcomer.
 */
export class FairShares {
  readonly #heldBy = new Map<string, number>();
  readonly #total: number;
  #used = 0;

  constructor(total: number) {
    this.#total = total;
  }

  get used(): number {
    return this.#used;
  }

  heldBy(client: string): number {
    return this.#heldBy.get(client) ?? 0;
  }

  /** Takes an amount for a client, which must give it back; false, with nothing taken, over its share. */
  take(client: string, amount = 1): boolean {
    const held = this.heldBy(client) + amount;
    const used = this.#used + amount;
    if (held > this.#total - used) return false;
    this.#heldBy.set(client, held);
    this.#used = used;
    return true;
  }

  giveBack(client: string, amount = 1): void {
    const held = this.heldBy(client) - amount;
    if (held === 0) this.#heldBy.delete(client);
    else this.#heldBy.set(client, held);
    this.#used -= amount;
  }
}
