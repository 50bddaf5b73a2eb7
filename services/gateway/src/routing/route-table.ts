/** Addresses that are the gateway's own; no service may claim them or anything below them. */
const RESERVED = ['/healthz', '/readyz', '/metrics', '/openapi.json', '/docs', '/session'];

interface Routed<T> {
  name: string;
  routes: readonly string[];
  target: T;
}

export interface Match<T> {
  /** The prefix as `service.json` has it: what may be logged of the address. */
  prefix: string;
  target: T;
}

/** Finds a service by its longest path prefix, on the boundaries of segments and letter by letter. */
export class RouteTable<T> {
  readonly #byPrefix = new Map<string, Match<T>>();

  /** @throws Error when a service claims an address of the gateway, or one that another has */
  constructor(services: readonly Routed<T>[]) {
    for (const { name, routes, target } of services) {
      for (const prefix of routes) {
        if (RESERVED.some((own) => prefix === own || prefix.startsWith(`${own}/`))) {
          throw new Error(`${name}: the route ${prefix} belongs to the gateway`);
        }
        if (this.#byPrefix.has(prefix)) throw new Error(`two services claim the route ${prefix}`);
        this.#byPrefix.set(prefix, { prefix, target });
      }
    }
  }

  /** @param path without its query, already checked to be free of traversal */
  find(path: string): Match<T> | undefined {
    let end = path.length;
    while (end > 0) {
      const match = this.#byPrefix.get(path.slice(0, end));
      if (match) return match;
      end = path.lastIndexOf('/', end - 1);
    }
    return undefined;
  }
}
