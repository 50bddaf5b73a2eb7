import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestRecorder } from '@latchkey/service-kit/http/access-log';
import type { Problem } from '@latchkey/service-kit/http/problems';
import { contextFrom, type RequestContext } from '@latchkey/service-kit/http/request-context';
import type { Health } from '@latchkey/service-kit/process/health';
import type { Cors } from './intake/cors.ts';
import { keepPrivate } from './sessions/private-answer.ts';
import type { Traffic } from './upstreams/traffic.ts';

export interface ProxiedRequestDeps {
  record: RequestRecorder;
  health: Health;
}

interface ProxiedRequestOptions {
  /** As the log names it. */
  route: string;
  cors?: Cors | undefined;
  traffic?: Traffic | undefined;
}

/** A request at the public port and its response, from its arrival to its line in the log. */
export class ProxiedRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly context: RequestContext;
  /** Called when the client disconnects before the response is sent. */
  onAborted: (() => void) | undefined;
  readonly #deps: ProxiedRequestDeps;
  /** Given where pages of other origins may read the response, errors included. */
  readonly #cors: Cors | undefined;
  /** Of the service; absent for what goes to none. */
  readonly #traffic: Traffic | undefined;
  readonly #startedAt = performance.now();
  #problem: Problem | undefined;
  /** Sent on with the token of a session, which caches in front have not seen. */
  isPersonal = false;
  /** Names and values in turn. */
  readonly #more: string[] = [];

  constructor(
    req: IncomingMessage,
    res: ServerResponse,
    { route, cors, traffic }: ProxiedRequestOptions,
    deps: ProxiedRequestDeps,
  ) {
    this.req = req;
    this.res = res;
    this.#deps = deps;
    this.#cors = cors;
    this.#traffic = traffic;
    this.context = contextFrom(req.headers);
    res.once('close', () => {
      const finished = res.writableFinished;
      if (!finished) this.onAborted?.();
      deps.record({
        context: this.context,
        method: req.method ?? '',
        route,
        status: finished ? res.statusCode : 499,
        durationMs: performance.now() - this.#startedAt,
        problem: this.#problem,
      });
    });
  }

  /** A header of our own, besides those of the service. */
  answerWith = (name: string, value: string): void => {
    this.#more.push(name, value);
  };

  /** Starts the answer. `headers` are names and values in turn. */
  writeHead(status: number, headers: string[]): void {
    this.#traffic?.count(status, performance.now() - this.#startedAt);
    if (this.isPersonal) keepPrivate(headers);
    headers.push(...this.#more, 'X-Request-Id', this.context.requestId);
    this.#cors?.apply(this.req, headers);
    if (this.#deps.health.draining) headers.push('Connection', 'close');
    this.res.writeHead(status, headers);
    if (!this.req.complete) this.res.once('finish', () => this.#discardBody());
  }

  /** For an answer that does not end by itself: `end` is called when the gateway drains. */
  endOnDrain(end: () => void): void {
    const { drainSignal } = this.#deps.health;
    if (drainSignal.aborted) end();
    drainSignal.addEventListener('abort', end);
    this.res.once('close', () => drainSignal.removeEventListener('abort', end));
  }

  /** Answers with a problem, or breaks off an answer that has begun. */
  fail(problem: Problem): void {
    this.#problem = problem;
    if (this.res.headersSent) {
      this.res.destroy();
      return;
    }
    const body = Buffer.from(JSON.stringify(problem));
    this.writeHead(problem.status, [
      ...problemHeaders(problem),
      'Content-Length',
      String(body.length),
    ]);
    this.res.end(this.req.method === 'HEAD' ? undefined : body);
  }

  /** Reads the rest of an unwanted body; otherwise the client's connection would hang. */
  #discardBody(): void {
    this.req.unpipe();
    this.req.resume();
  }
}

/** The head of a problem document, names and values in turn. A temporary problem says when to retry. */
export function problemHeaders(problem: Problem): string[] {
  const headers = [
    'Content-Type',
    'application/problem+json',
    'Cache-Control',
    'no-store',
    'Content-Security-Policy',
    "default-src 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options',
    'nosniff',
  ];
  const passes = problem.status >= 502 || problem.status === 429;
  if (passes && !problem.headers['Retry-After']) headers.push('Retry-After', '2');
  for (const [name, value] of Object.entries(problem.headers)) headers.push(name, value);
  return headers;
}
