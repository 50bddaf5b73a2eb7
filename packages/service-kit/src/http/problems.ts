import { STATUS_CODES } from 'node:http';
import { TokenError } from '@latchkey/jwt-verify';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { problemLogKey } from './access-log.ts';

/** One line of a service's closed table of problems; `detail` is public text. */
export interface ProblemDefinition {
  status: number;
  detail: string;
}

export interface FieldError {
  in: 'body' | 'query' | 'path';
  field: string;
  detail: string;
}

interface ProblemExtras {
  detail?: string;
  errors?: readonly FieldError[];
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/** A problem document of RFC 9457. Its text is public; `cause` is for the log. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, definition: ProblemDefinition, extras: ProblemExtras = {}) {
    super(`${definition.status} ${code}`, { cause: extras.cause });
    this.name = 'Problem';
    this.code = code;
    this.status = definition.status;
    this.detail = extras.detail ?? definition.detail;
    this.errors = extras.errors;
    this.headers = extras.headers ?? {};
  }

  get contentType(): string {
    return 'application/problem+json';
  }

  /** The body of the answer, as `contentType` says. */
  get body(): string {
    return JSON.stringify(this);
  }

  toJSON(): object {
    return {
      type: 'about:blank',
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.detail,
      code: this.code,
      ...(this.errors ? { errors: this.errors } : {}),
    };
  }
}

export type ProblemTable = Record<string, ProblemDefinition>;

/** Turns a table into one function per problem: `throw problems.todo_not_found()`. */
export function defineProblems<T extends ProblemTable>(table: T) {
  return Object.fromEntries(
    Object.entries(table).map(([code, definition]) => [
      code,
      (extras?: ProblemExtras) => new Problem(code, definition, extras),
    ]),
  ) as { [K in keyof T]: (extras?: ProblemExtras) => Problem };
}

/** The problems that every service has. */
export const problems = defineProblems({
  invalid_request: { status: 400, detail: 'The request is not valid.' },
  invalid_json: { status: 400, detail: 'The body is not valid JSON.' },
  not_found: { status: 404, detail: 'There is nothing here.' },
  method_not_allowed: { status: 405, detail: 'This method is not allowed here.' },
  body_too_large: { status: 413, detail: 'The body is too large.' },
  unsupported_media_type: { status: 415, detail: 'The body must be JSON in UTF-8.' },
  unsupported_encoding: { status: 415, detail: 'The body must be sent uncompressed.' },
  internal_error: { status: 500, detail: 'Something went wrong on our side. Try again later.' },
  unavailable: { status: 503, detail: 'The service cannot answer right now. Try again soon.' },
});

const RETRY_SOON = { 'Retry-After': '2' };

/**
 * Maps anything thrown to a problem that is safe to send to the client.
 *
 * @param isUnavailable whether an error is a temporary failure of ours (the database is down), not a defect
 */
export function toProblem(error: unknown, isUnavailable: (error: unknown) => boolean): Problem {
  if (error instanceof Problem) return error;
  if (TokenError.is(error)) {
    const { code, status, detail, headers } = error;
    return new Problem(code, { status, detail }, { headers: { ...headers }, cause: error });
  }
  if (isUnavailable(error)) return problems.unavailable({ headers: RETRY_SOON, cause: error });
  return fromHttpError(error) ?? problems.internal_error({ headers: RETRY_SOON, cause: error });
}

/** What Express and its body parsers throw carries a 4xx status; its message may quote the request, so it is not repeated. */
function fromHttpError(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  if (status === 413) return problems.body_too_large({ cause: error });
  if (status === 415) return problems.unsupported_media_type({ cause: error });
  if (type === 'entity.parse.failed') return problems.invalid_json({ cause: error });
  return problems.invalid_request({ cause: error });
}

export const notFound: RequestHandler = () => {
  throw problems.not_found();
};

/** The last handler of every service: turns any error into a problem document. */
export function problemHandler(isUnavailable: (error: unknown) => boolean): ErrorRequestHandler {
  return (error, _req, res, _next) => {
    const problem = toProblem(error, isUnavailable);
    res.locals[problemLogKey] = problem;
    if (res.headersSent) {
      res.destroy();
      return;
    }
    res.status(problem.status).set(problem.headers).set('Cache-Control', 'no-store');
    res.type(problem.contentType).send(problem.body);
  };
}
