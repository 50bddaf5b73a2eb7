import type { IncomingMessage } from 'node:http';
import type { Requirements } from './requirements.ts';

/** A middleware that lets a request pass, or hands an error to `next`. */
export interface Guard {
  (request: IncomingMessage, response: unknown, next: (error?: unknown) => void): void;
  /** What `requireToken` asks of a token, for an API document; other guards have none. */
  readonly requirements?: RouteRequirements | undefined;
}

/** A guard behind which every request has a token. */
export interface TokenGuard extends Guard {
  readonly requirements: RouteRequirements;
}

type RouteRequirements = Pick<Requirements<never>, 'scope' | 'role' | 'maxAuthAgeSeconds' | 'acr'>;

type GuardKind = 'token' | 'optional' | 'public';

// Registered, so that two copies of this package in one app still know each other's guards.
const GUARD = Symbol.for('@latchkey/jwt-verify/guard');

export const markGuard = (guard: Guard, kind: GuardKind): Guard =>
  Object.defineProperty(guard, GUARD, { value: kind });

/**
 * Make a guard of your own known to `assertEveryRouteIsGuarded`.
 *
 * @param handler calls `next()` only for a request that may pass, else `next(error)`. It may be
 *   asynchronous; Express 5 passes on what it throws
 * @returns the same handler, marked as a guard
 *
 * @example
 * ```ts
 * import { assertEveryRouteIsGuarded, defineGuard } from '@latchkey/jwt-verify/express';
 * import express from 'express';
 *
 * const requireDoorCode = defineGuard((req, _res, next) => {
 *   const right = req.headers['x-door-code'] === '1234';
 *   next(right ? undefined : Object.assign(new Error('wrong code'), { status: 401 }));
 * });
 * const app = express();
 * app.get('/door', requireDoorCode, (_req, res) => res.send('open'));
 * assertEveryRouteIsGuarded(app);
 * ```
 */
export const defineGuard = <Req extends IncomingMessage = IncomingMessage, Res = unknown>(
  handler: (request: Req, response: Res, next: (error?: unknown) => void) => unknown,
): Guard => markGuard(handler as Guard, 'token');

const isGuard = (handler: unknown): boolean =>
  typeof handler === 'function' && Object.hasOwn(handler, GUARD);

interface Layer {
  readonly handle: unknown;
  readonly name: string;
  readonly method?: string;
  /** Whether the layer stands at `/`, so that every path goes through it. */
  readonly slash: boolean;
  readonly route?: { readonly path: unknown; readonly stack: readonly Layer[] };
}

const stackOf = (router: unknown): readonly Layer[] | undefined => {
  const { stack } = (router ?? {}) as { stack?: unknown };
  return Array.isArray(stack) ? stack : undefined;
};

/**
 * Check that every route of an Express 5 app, those of nested routers included, stands behind
 * `requireToken`, `optionalToken`, `publicRoute` or a guard made by `defineGuard`: before its own
 * handler, or at `/` of a router that leads to it. Call it once all routes are there.
 *
 * @param app the Express 5 app, or a router
 * @throws TypeError with the method and path of each route that has no guard
 *
 * @example
 * ```ts
 * import { assertEveryRouteIsGuarded } from '@latchkey/jwt-verify/express';
 * import express from 'express';
 *
 * const app = express();
 * app.get('/todo', (_req, res) => res.send('open by mistake'));
 * try {
 *   assertEveryRouteIsGuarded(app);
 * } catch (error) {
 *   console.log((error as Error).message); // these routes have no guard: GET /todo
 * }
 * ```
 */
export const assertEveryRouteIsGuarded = (app: unknown): void => {
  const stack = stackOf((app as { router?: unknown } | null)?.router) ?? stackOf(app);
  if (stack === undefined) throw new TypeError('assertEveryRouteIsGuarded takes an Express 5 app');
  const bare = bareRoutes(stack, false, '');
  if (bare.length === 0) return;
  throw new TypeError(
    `these routes have no guard: ${bare.join(', ')}; put requireToken(verifier), publicRoute or a guard made by defineGuard before each`,
  );
};

const bareRoutes = (stack: readonly Layer[], guardedAbove: boolean, under: string): string[] => {
  const found: string[] = [];
  let guarded = guardedAbove;
  for (const layer of stack) {
    if (layer.route !== undefined) {
      if (!guarded) found.push(...bareMethods(layer.route, under));
    } else if (isGuard(layer.handle)) {
      guarded ||= layer.slash;
    } else {
      const nested =
        stackOf(layer.handle) ?? stackOf((layer.handle as { router?: unknown }).router);
      if (nested !== undefined) found.push(...bareRoutes(nested, guarded, `${under}(router)`));
    }
  }
  return found;
};

/** The methods of one route whose first handler is reached without a guard. */
const bareMethods = (route: NonNullable<Layer['route']>, under: string): string[] => {
  const found = new Set<string>();
  const guarded = new Set<string | undefined>();
  for (const { handle, method } of route.stack) {
    if (isGuard(handle)) guarded.add(method);
    else if (!guarded.has(undefined) && !guarded.has(method)) found.add(method ?? 'all');
  }
  // app.all() leaves one handler for each of Node's thirty-odd methods.
  const methods = found.size > 20 ? ['all'] : [...found];
  return methods.map((method) => `${method.toUpperCase()} ${under}${String(route.path)}`);
};
