import { isIPv6 } from 'node:net';

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
    return (this.#byClient.get(clientOf(address)) ?? 0) >= this.#limits.perAddress;
  }

  /** Returns what gives the place back. */
  take(address: string): () => void {
    const client = clientOf(address);
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

function clientOf(address: string): string {
  if (!isIPv6(address)) return address;
  // The URL parser writes it without `::ffff:`-style mixtures; then the zeros are filled in.
  const [left = '', right] = new URL(`http://[${address.split('%')[0]}]`).hostname
    .slice(1, -1)
    .split('::');
  const groups = left.split(':').filter(Boolean);
  if (right !== undefined) {
    const rest = right.split(':').filter(Boolean);
    while (groups.length + rest.length < 8) groups.push('0');
  }
  return groups.slice(0, 4).join(':');
}
