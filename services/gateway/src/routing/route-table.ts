interface Routed<T> {
  routes: readonly string[];
  upstream: T;
}

export interface Match<T> {
  /** The prefix as `service.json` has it: what may be logged of the address. */
  prefix: string;
  upstream: T;
}

/** Finds a service by its longest path prefix, on the boundaries of segments and letter by letter. */
export class RouteTable<T> {
  readonly #byPrefix = new Map<string, Match<T>>();

  constructor(services: readonly Routed<T>[]) {
    for (const { routes, upstream } of services) {
      for (const prefix of routes) this.#byPrefix.set(prefix, { prefix, upstream });
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
