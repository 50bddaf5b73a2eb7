import { optionalTokenOf } from '@latchkey/jwt-verify/express';
import type { Request, RequestHandler } from 'express';
import type { Log } from '../process/log.ts';
import type { Metrics } from '../process/metrics.ts';
import type { RequestContext } from './request-context.ts';

/** Where the problem handler leaves what it answered, for the log line. */
export const problemLogKey = 'problem';

interface LoggedProblem {
  code: string;
  cause?: unknown;
}

/** What is logged of one request; never its URL or its body, which may hold secrets. */
export interface RequestRecord {
  context: RequestContext;
  method: string;
  route: string;
  /** 499 when the client was gone before its answer was out. */
  status: number;
  durationMs: number;
  problem?: LoggedProblem | undefined;
  /** Further members of the log line. */
  more?: { sub: string };
}

/** One line and one measurement for one request. */
export type RequestRecorder = (record: RequestRecord) => void;

export function requestRecorder(log: Log, metrics: Metrics): RequestRecorder {
  // The members of this line are known and hold no credential: looking for one in each line costs
  // more than all the rest of it.
  const lines = log.child({}, { redact: [] });
  return (record) => {
    const { context, method, route, status, durationMs, problem, more } = record;
    metrics.observeRequest({ method, route, status, durationMs });
    lines[levelOf(record)]({
      requestId: context.requestId,
      traceId: context.traceId,
      method,
      route,
      status,
      durationMs: Math.round(durationMs * 100) / 100,
      ...more,
      ...(problem ? { code: problem.code } : {}),
      ...(problem?.cause === undefined ? {} : { err: problem.cause }),
      // Without this the line would repeat the error's message, query and values included.
      msg: 'request',
    });
  };
}

/** The gateway polls each instance's readiness every second: not worth a line, ready or not. */
function levelOf({ route, status }: RequestRecord): 'debug' | 'info' | 'error' {
  if (route === '/readyz' || route === '/healthz') return 'debug';
  return status >= 500 ? 'error' : 'info';
}

/** Records each request when its answer is out or its client gone. */
export function accessLog(log: Log, metrics: Metrics): RequestHandler {
  const record = requestRecorder(log, metrics);
  return (req, res, next) => {
    const startedAt = performance.now();
    res.once('close', () => {
      const token = optionalTokenOf(req);
      record({
        context: req.context,
        method: req.method,
        route: routeOf(req),
        status: res.writableFinished ? res.statusCode : 499,
        durationMs: performance.now() - startedAt,
        problem: res.locals[problemLogKey] as LoggedProblem | undefined,
        ...(token ? { more: { sub: token.subject } } : {}),
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
