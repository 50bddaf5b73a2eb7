import type { Log } from '@latchkey/service-kit/process/log';
import { type Match, RouteTable } from '../routing/route-table.ts';
import type { ConnectionLimits } from './instance.ts';
import type { ResolveHost } from './resolve-host.ts';
import { Upstream, type UpstreamMembers } from './upstream.ts';

/** A service that has routes, and where it is. */
export interface RoutedService extends UpstreamMembers {
  name: string;
  routes: readonly string[];
  /** An origin, as `http://todo-service:4002`. Its host may stand for many instances. */
  baseUrl: string;
  /** Where its instances say that they are ready. */
  ready?: string | undefined;
}

export interface Upstreams {
  all: readonly Upstream[];
  /** The service that serves a path, by its longest prefix. */
  find(path: string): Match<Upstream> | undefined;
  start(): Promise<unknown>;
  /** Routes to these services from now on. One that has not changed keeps its connections. */
  replace(services: readonly RoutedService[]): Promise<void>;
  /** The states of each service's instances, for the readiness page. */
  describe(): Record<string, string>;
  close(): Promise<unknown>;
}

interface UpstreamsDeps {
  limits: ConnectionLimits;
  resolveHost: ResolveHost;
  log: Log;
}

interface Entry {
  routes: readonly string[];
  upstream: Upstream;
}

export function createUpstreams(
  services: readonly RoutedService[],
  deps: UpstreamsDeps,
): Upstreams {
  const { limits, resolveHost, log } = deps;
  const onChange = (change: object) => log.info(change, 'instance changed');
  const open = (service: RoutedService) =>
    new Upstream({
      name: service.name,
      baseUrl: service.baseUrl,
      ready: service.ready,
      members: service,
      limits: limitsOf(service, limits),
      resolveHost,
      onChange,
    });
  let entries = new Map<string, Entry>();
  let table = new RouteTable<Upstream>([]);
  let all: readonly Upstream[] = [];
  const use = (next: typeof entries) => {
    entries = next;
    table = new RouteTable([...entries.values()]);
    all = [...entries.values()].map(({ upstream }) => upstream);
  };
  /** An unchanged service keeps what is open to it. */
  const entriesOf = (wanted: readonly RoutedService[]) =>
    new Map(
      wanted.map((service) => {
        const key = JSON.stringify(service);
        const opened = () => ({ routes: service.routes, upstream: open(service) });
        return [key, entries.get(key) ?? opened()];
      }),
    );
  use(entriesOf(services));
  return {
    get all() {
      return all;
    },
    find: (path) => table.find(path),
    start: () => Promise.all(all.map((upstream) => upstream.start())),
    async replace(next) {
      const before = all;
      const wanted = entriesOf(next);
      const after = [...wanted.values()].map(({ upstream }) => upstream);
      // Where its instances are is known before the first request comes.
      await Promise.all(after.filter((one) => !before.includes(one)).map((one) => one.start()));
      use(wanted);
      // Closing waits for the requests in flight.
      for (const one of before) if (!after.includes(one)) void one.close();
    },
    describe: () => Object.fromEntries(all.map((one) => [one.name, one.describe()])),
    close: () => Promise.all(all.map((upstream) => upstream.close())),
  };
}

function limitsOf(
  { idleTimeoutSeconds }: UpstreamMembers,
  limits: ConnectionLimits,
): ConnectionLimits {
  return idleTimeoutSeconds === undefined
    ? limits
    : { ...limits, bodyIdleTimeoutMs: idleTimeoutSeconds * 1000 };
}
