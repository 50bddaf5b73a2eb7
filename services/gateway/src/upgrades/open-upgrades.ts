export interface UpgradeLimits {
  total: number;
  perAddress: number;
}

/** Counts open connections, in all and by client. */
export class OpenUpgrades {
  readonly #limits: UpgradeLimits;
  readonly #byClient = new Map<string, number>();
  #total = 0;

  constructor(limits: UpgradeLimits) {
    this.#limits = limits;
  }

  get isFull(): boolean {
    return this.#total >= this.#limits.total;
  }

  isFullFor(client: string): boolean {
    return (this.#byClient.get(client) ?? 0) >= this.#limits.perAddress;
  }

  /** Returns what gives the place back. */
  take(client: string): () => void {
    this.#total += 1;
    this.#byClient.set(client, (this.#byClient.get(client) ?? 0) + 1);
    return () => {
      this.#total -= 1;
      const left = (this.#byClient.get(client) ?? 1) - 1;
      if (left > 0) this.#byClient.set(client, left);
      else this.#byClient.delete(client);
    };
  }
}
