import type { DoorMembers } from '@latchkey/service-kit/joining/door-members';
import type { Log } from '@latchkey/service-kit/process/log';
import { type Match, RouteTable } from '../routing/route-table.ts';
import type { ConnectionLimits } from './instance.ts';
import type { ResolveHost } from './resolve-host.ts';
import { Upstream } from './upstream.ts';

/** A service that has routes, and where it is. */
export interface RoutedService extends DoorMembers {
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
  /** The states of each service's instances, for the readiness page. */
  describe(): Record<string, string>;
  close(): Promise<unknown>;
}

interface UpstreamsDeps {
  limits: ConnectionLimits;
  resolveHost: ResolveHost;
  log: Log;
}

/** @throws Error when two services claim one route, or one a route of the gateway */
export function createUpstreams(
  services: readonly RoutedService[],
  deps: UpstreamsDeps,
): Upstreams {
  const { limits, resolveHost, log } = deps;
  const onChange = (change: object) => log.info(change, 'instance changed');
  const entries = services.map((service) => ({
    routes: service.routes,
    upstream: new Upstream({
      name: service.name,
      baseUrl: service.baseUrl,
      ready: service.ready,
      members: service,
      limits: limitsOf(service, limits),
      resolveHost,
      onChange,
    }),
  }));
  const table = new RouteTable(
    entries.map(({ routes, upstream }) => ({ name: upstream.name, routes, upstream })),
  );
  const all = entries.map(({ upstream }) => upstream);
  return {
    all,
    find: (path) => table.find(path),
    start: () => Promise.all(all.map((upstream) => upstream.start())),
    describe: () => Object.fromEntries(all.map((one) => [one.name, one.describe()])),
    close: () => Promise.all(all.map((upstream) => upstream.close())),
  };
}

function limitsOf({ idleTimeoutSeconds }: DoorMembers, limits: ConnectionLimits): ConnectionLimits {
  return idleTimeoutSeconds === undefined
    ? limits
    : { ...limits, bodyIdleTimeoutMs: idleTimeoutSeconds * 1000 };
}
