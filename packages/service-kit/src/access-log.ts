import type { Request, RequestHandler } from 'express';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Where the problem handler leaves what it answered, for the log line. */
export const problemLogKey = 'problem';

interface LoggedProblem {
  code: string;
  cause?: unknown;
}

/** One line and one measurement for each request, when its answer is out or its client gone. */
export function accessLog(log: Log, metrics: Metrics): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    res.once('close', () => {
      const durationMs = performance.now() - startedAt;
      const route = routeOf(req);
      const status = res.writableFinished ? res.statusCode : 499;
      metrics.observeRequest({ method: req.method, route, status, durationMs });
      const problem = res.locals[problemLogKey] as LoggedProblem | undefined;
      const level = status >= 500 ? 'error' : 'info';
      log[level]({
        requestId: req.context.requestId,
        traceId: req.context.traceId,
        method: req.method,
        route,
        status,
        durationMs: Math.round(durationMs * 100) / 100,
        ...(req.auth ? { sub: req.auth.subject } : {}),
        ...(problem ? { code: problem.code } : {}),
        ...(problem?.cause === undefined ? {} : { err: problem.cause }),
      });
    });
    next();
  };
}

/** The route's pattern, never the address itself: a path may hold what must not be logged. */
function routeOf(req: Request): string {
  const route = req.route as { path?: unknown } | undefined;
  return typeof route?.path === 'string' ? `${req.baseUrl}${route.path}` : '(no route)';
}
