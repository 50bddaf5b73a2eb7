export interface UpgradeLimits {
  total: number;
  perAddress: number;
}

/** Counts open connections, in all and by client network. */
export class OpenUpgrades {
  readonly #limits: UpgradeLimits;
  readonly #byNetwork = new Map<string, number>();
  #total = 0;

  constructor(limits: UpgradeLimits) {
    this.#limits = limits;
  }

  get isFull(): boolean {
    return this.#total >= this.#limits.total;
  }

  isFullFor(network: string): boolean {
    return (this.#byNetwork.get(network) ?? 0) >= this.#limits.perAddress;
  }

  /** Returns what gives the place back. */
  take(network: string): () => void {
    this.#total += 1;
    this.#byNetwork.set(network, (this.#byNetwork.get(network) ?? 0) + 1);
    return () => {
      this.#total -= 1;
      const left = (this.#byNetwork.get(network) ?? 1) - 1;
      if (left > 0) this.#byNetwork.set(network, left);
      else this.#byNetwork.delete(network);
    };
  }
}
