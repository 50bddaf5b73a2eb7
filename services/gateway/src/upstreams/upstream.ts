import type { GatewayMembers } from '@latchkey/service-kit/joining/gateway-members';
import {
  type Address,
  type ConnectionLimits,
  INSTANCE_STATES,
  Instance,
  type InstanceState,
} from './instance.ts';
import type { ResolveHost } from './resolve-host.ts';
import { Traffic } from './traffic.ts';

const REFRESH_INTERVAL_MS = 1_000;

/** What is asked of the gateway for a service. */
export interface UpstreamMembers extends GatewayMembers {
  /** The scopes of the token that it gets for a person's session. */
  scope?: string | undefined;
  description?: string | undefined;
}

export interface UpstreamOptions {
  name: string;
  /** An origin, as `http://todo-service:4002`. Its host may stand for many instances. */
  baseUrl: string;
  /** Where its instances say that they are ready. */
  ready?: string | undefined;
  /** What its `service.json` asks of the gateway. */
  members?: UpstreamMembers;
  limits: ConnectionLimits;
  resolveHost: ResolveHost;
  onChange?: (change: {
    upstream: string;
    instance: string;
    state: InstanceState | 'removed';
  }) => void;
}

/** A service as the gateway sees it: the instances that its host name resolves to, and which to ask next. */
export class Upstream {
  readonly name: string;
  /** The Host header sent to instances. */
  readonly host: string;
  readonly members: UpstreamMembers;
  readonly limits: ConnectionLimits;
  readonly traffic = new Traffic();
  readonly #options: UpstreamOptions;
  readonly #hostname: string;
  #instances: readonly Instance[] = [];
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

  get instances(): readonly Instance[] {
    return this.#instances;
  }

  /** Looks for instances once, and from then on about once a second until closed. */
  async start(): Promise<void> {
    await this.refresh();
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.start(), REFRESH_INTERVAL_MS);
  }

  /** Finds new and removed instances, and checks the readiness of each. */
  async refresh(): Promise<void> {
    await this.#findInstances();
    await Promise.all(this.#instances.map((instance) => this.check(instance)));
  }

  /** Checks the readiness of one instance. */
  async check(instance: Instance): Promise<void> {
    const before = instance.state;
    await instance.check();
    if (instance.state !== before) this.#report(instance.address, instance.state);
  }

  /** Records that no connection to an instance could be made. */
  markUnreachable(instance: Instance): void {
    if (instance.state === 'unreachable') return;
    instance.state = 'unreachable';
    this.#report(instance.address, instance.state);
  }

  /**
   * The instance to ask next: in the best state there is, with the fewest requests in flight, in turn
   * where that is equal. Where no instance is known to be ready the others are still tried, for the
   * check that says so may be a second old.
   */
  pick(except?: Instance): Instance | undefined {
    const instances = this.#instances;
    this.#turn = (this.#turn + 1) % (instances.length || 1);
    let best: Instance | undefined;
    for (let index = 0; index < instances.length; index += 1) {
      const instance = instances[(this.#turn + index) % instances.length] as Instance;
      if (instance !== except && (best === undefined || isBetter(instance, best))) best = instance;
    }
    return best;
  }

  /** How many instances are in which state, as `2 ready, 1 draining`. */
  describe(): string {
    const counts = INSTANCE_STATES.map((state) => {
      const count = this.#instances.filter((instance) => instance.state === state).length;
      return count > 0 ? [`${count} ${state}`] : [];
    });
    return counts.flat().join(', ') || 'no instances';
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#instances.map((instance) => instance.close()));
  }

  async #findInstances(): Promise<void> {
    const { resolveHost, baseUrl, limits, ready } = this.#options;
    const found = await resolveHost(this.#hostname).catch((): readonly Address[] => []);
    // A failed DNS lookup does not remove instances that still answer.
    if (found.length === 0 || this.#closed) return;
    const known = new Map(this.#instances.map((instance) => [instance.address, instance]));
    const instances = found.map(
      (at) => known.get(at.address) ?? new Instance(baseUrl, at, limits, ready),
    );
    for (const instance of this.#instances) {
      if (instances.includes(instance)) continue;
      this.#report(instance.address, 'removed');
      void instance.close();
    }
    this.#instances = instances;
  }

  #report(instance: string, state: InstanceState | 'removed'): void {
    this.#options.onChange?.({ upstream: this.name, instance, state });
  }
}

function isBetter(instance: Instance, than: Instance): boolean {
  if (instance.state === than.state) return instance.pending < than.pending;
  return INSTANCE_STATES.indexOf(instance.state) < INSTANCE_STATES.indexOf(than.state);
}
