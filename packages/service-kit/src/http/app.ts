import {
  assertEveryRouteIsGuarded,
  optionalTokenOf,
  publicRoute,
  tokenOf,
} from '@latchkey/jwt-verify/express';
import express, {
  type ErrorRequestHandler,
  type Express,
  type RequestHandler,
  type Router,
} from 'express';
import helmet from 'helmet';
import type { ServiceJson } from '../joining/service-json.ts';
import { Health } from '../process/health.ts';
import type { Log } from '../process/log.ts';
import { createMetrics, type Metrics } from '../process/metrics.ts';
import { accessLog } from './access-log.ts';
import { openApiDocument } from './openapi.ts';
import { personOf } from './person.ts';
import { notFound, problemHandler, problems, toProblem } from './problems.ts';
import { type Send, sendReply } from './reply.ts';
import { requestContext } from './request-context.ts';
import { bodyReaders, parseRequest } from './request-parsing.ts';
import type { Route } from './route.ts';
import { UpstreamError } from './upstream-error.ts';

export interface AppOptions {
  service: ServiceJson;
  log: Log;
  routes: readonly Route[];
  health?: Health;
  /** The caller's registry, which it serves elsewhere; the app then has no `/metrics`. */
  metrics?: Metrics;
  /** Distinguishes a temporary failure of ours (503 with Retry-After) from a defect (500). */
  isUnavailable?: (error: unknown) => boolean;
  /** Further handlers, after the routes and before "not found"; they must be guarded too. */
  extra?: readonly Router[];
}

/**
 * The pipeline of every service, in reading order. Never listens.
 *
 * @throws Error when a route has neither `requireToken(…)` nor `publicRoute`
 */
export function createServiceApp(options: AppOptions): Express {
  const { service, log, routes } = options;
  const isUnavailable = (error: unknown) =>
    error instanceof UpstreamError || options.isUnavailable?.(error) === true;
  const health = options.health ?? new Health();
  const metrics = options.metrics ?? createMetrics(service.name);
  health.addMetrics(metrics.registry);
  const send = sendReply(health);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');

  app.use(requestContext);
  app.use(accessLog(log, metrics));
  app.use(helmet());
  app.use(closeWhileDraining(health));

  app.get('/healthz', publicRoute, (_req, res) => {
    res.json({ status: 'ok' });
  });
  app.get('/readyz', publicRoute, async (_req, res) => {
    const readiness = await health.readiness();
    if (!readiness.ready) res.set('Retry-After', '2');
    res.status(readiness.ready ? 200 : 503).json(readiness);
  });
  if (!options.metrics) {
    app.get('/metrics', publicRoute, async (_req, res) => {
      res.type(metrics.registry.contentType).send(await metrics.registry.metrics());
    });
  }
  if (routes.some(({ hidden }) => !hidden)) {
    const document = openApiDocument(service, routes);
    app.get('/openapi.json', publicRoute, (_req, res) => {
      res.json(document);
    });
  }

  for (const route of routes) {
    const mapper = route.mapProblem ? [problemMapper(route.mapProblem, isUnavailable)] : [];
    const handlers = [...bodyReaders(route.request), handlerOf(route, send), ...mapper];
    app[route.method](route.path, route.guard, ...(handlers as RequestHandler[]));
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    app.all(path, publicRoute, methodNotAllowed(routes, path));
  }
  for (const router of options.extra ?? []) app.use(router);

  assertEveryRouteIsGuarded(app);
  app.use(notFound);
  app.use(problemHandler(isUnavailable));
  return app;
}

/** Makes keep-alive clients reconnect elsewhere, so that no request is in flight when the socket closes. */
function closeWhileDraining(health: Health): RequestHandler {
  return (_req, res, next) => {
    if (health.draining) res.setHeader('Connection', 'close');
    next();
  };
}

type Parsed = Record<'params' | 'query' | 'body', undefined>;

function handlerOf(route: Route, send: Send): RequestHandler {
  return async (req, res) => {
    const input = {
      ...(parseRequest(route.request, req) as Parsed),
      auth: optionalTokenOf(req),
      // Not every route behind a token is for people only.
      get person() {
        return personOf(tokenOf(req));
      },
      context: req.context,
      req,
    };
    send(res, await route.handle(input));
  };
}

function problemMapper(
  mapProblem: NonNullable<Route['mapProblem']>,
  isUnavailable: (error: unknown) => boolean,
): ErrorRequestHandler {
  return (error, req, _res, next) => next(mapProblem(toProblem(error, isUnavailable), req));
}

function methodNotAllowed(routes: readonly Route[], path: string): RequestHandler {
  const allowed = routes.filter((route) => route.path === path).map((r) => r.method.toUpperCase());
  if (allowed.includes('GET')) allowed.push('HEAD');
  const allow = allowed.join(', ');
  return () => {
    throw problems.method_not_allowed({
      detail: `Allowed here: ${allow}.`,
      headers: { Allow: allow },
    });
  };
}
