import { networkOf } from '../bounds/client-network.ts';

export interface UpgradeLimits {
  total: number;
  perAddress: number;
}

/** Counts connections by client address; an IPv6 client has a whole /64 of them. */
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

  isFullFor(address: string): boolean {
    return (this.#byClient.get(networkOf(address)) ?? 0) >= this.#limits.perAddress;
  }

  /** Returns what gives the place back. */
  take(address: string): () => void {
    const client = networkOf(address);
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
