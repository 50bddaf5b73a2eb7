import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHandler } from 'express';

/** What ties together everything that one request causes, in every service it reaches. */
export interface RequestContext {
  requestId: string;
  /** 32 hex digits, the same in every service (W3C Trace Context). */
  traceId: string;
  /** 16 hex digits: this service's own part of the trace. */
  spanId: string;
}

declare global {
  namespace Express {
    interface Request {
      context: RequestContext;
    }
  }
}

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const REQUEST_ID = /^[\w.:-]{8,128}$/;

export function contextFrom(headers: IncomingHttpHeaders): RequestContext {
  const given = headers['x-request-id'];
  const trace = TRACEPARENT.exec(String(headers.traceparent ?? ''));
  // Node draws UUIDs from a store of random bytes: no system call each. None is all zero.
  const uuid = randomUUID();
  return {
    requestId: typeof given === 'string' && REQUEST_ID.test(given) ? given : uuid,
    traceId: trace?.[1] ?? uuid.replaceAll('-', ''),
    spanId: randomUUID().replaceAll('-', '').slice(0, 16),
  };
}

/** The headers that carry a request's context on to the next service. */
export function contextHeaders(context: RequestContext): Record<string, string> {
  return {
    'x-request-id': context.requestId,
    traceparent: `00-${context.traceId}-${context.spanId}-01`,
  };
}

/** Continues the caller's request id and trace, or begins them, and names the id in the answer. */
export const requestContext: RequestHandler = (req, res, next) => {
  req.context = contextFrom(req.headers);
  res.setHeader('X-Request-Id', req.context.requestId);
  next();
};
