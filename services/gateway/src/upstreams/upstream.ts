import type { DoorMembers } from '@latchkey/service-kit/door-members';
import { type Address, COPY_STATES, type ConnectionLimits, Copy, type CopyState } from './copy.ts';
import type { ResolveHost } from './resolve-host.ts';

const REFRESH_INTERVAL_MS = 1_000;

export interface UpstreamOptions {
  name: string;
  /** An origin, as `http://todo-service:4002`. Its host may stand for many copies. */
  baseUrl: string;
  /** What its `service.json` asks of the gateway. */
  members?: DoorMembers;
  limits: ConnectionLimits;
  resolveHost: ResolveHost;
  onChange?: (change: { upstream: string; copy: string; state: CopyState | 'gone' }) => void;
}

/** A service as the gateway sees it: the copies that its host name stands for, and which to ask next. */
export class Upstream {
  readonly name: string;
  /** The authority that copies are asked by. */
  readonly host: string;
  readonly members: DoorMembers;
  readonly limits: ConnectionLimits;
  readonly #options: UpstreamOptions;
  readonly #hostname: string;
  #copies: readonly Copy[] = [];
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: UpstreamOptions) {
    const { host, hostname } = new URL(options.baseUrl);
    this.name = options.name;
    this.host = host;
    this.members = options.members ?? {};
    this.limits = options.limits;
    this.#hostname = hostname;
    this.#options = options;
  }

  /** Looks for copies once, and from then on about once a second until closed. */
  async start(): Promise<void> {
    await this.refresh();
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.start(), REFRESH_INTERVAL_MS);
  }

  /** Notices new and gone copies, and asks each how it is. */
  async refresh(): Promise<void> {
    await this.#findCopies();
    await Promise.all(this.#copies.map((copy) => this.check(copy)));
  }

  /** Asks one copy how it is. */
  async check(copy: Copy): Promise<void> {
    const before = copy.state;
    await copy.check();
    if (copy.state !== before) this.#tell(copy.address, copy.state);
  }

  /** Takes note that a connection to a copy could not be made. */
  markUnreachable(copy: Copy): void {
    if (copy.state === 'unreachable') return;
    copy.state = 'unreachable';
    this.#tell(copy.address, copy.state);
  }

  /**
   * The copy to ask next: in the best state there is, with the fewest requests in hand, in turn
   * where that is equal. Where no copy is known to be ready the others are still tried, for the
   * check that says so may be a second old.
   */
  pick(except?: Copy): Copy | undefined {
    const copies = this.#copies;
    this.#turn = (this.#turn + 1) % (copies.length || 1);
    let best: Copy | undefined;
    for (let index = 0; index < copies.length; index += 1) {
      const copy = copies[(this.#turn + index) % copies.length] as Copy;
      if (copy !== except && (best === undefined || isBetter(copy, best))) best = copy;
    }
    return best;
  }

  /** How many copies are in which state, as `2 ready, 1 draining`. */
  describe(): string {
    const counts = COPY_STATES.map((state) => {
      const count = this.#copies.filter((copy) => copy.state === state).length;
      return count > 0 ? [`${count} ${state}`] : [];
    });
    return counts.flat().join(', ') || 'no copies';
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#copies.map((copy) => copy.close()));
  }

  async #findCopies(): Promise<void> {
    const { resolveHost, baseUrl, limits } = this.#options;
    const found = await resolveHost(this.#hostname).catch((): readonly Address[] => []);
    // A name server in trouble is no reason to forget copies that still answer.
    if (found.length === 0 || this.#closed) return;
    const known = new Map(this.#copies.map((copy) => [copy.address, copy]));
    const copies = found.map((at) => known.get(at.address) ?? new Copy(baseUrl, at, limits));
    for (const copy of this.#copies) {
      if (copies.includes(copy)) continue;
      this.#tell(copy.address, 'gone');
      void copy.close();
    }
    this.#copies = copies;
  }

  #tell(copy: string, state: CopyState | 'gone'): void {
    this.#options.onChange?.({ upstream: this.name, copy, state });
  }
}

function isBetter(copy: Copy, than: Copy): boolean {
  if (copy.state === than.state) return copy.pending < than.pending;
  return COPY_STATES.indexOf(copy.state) < COPY_STATES.indexOf(than.state);
}
