import { type ChallengeContext, type ChallengeNeeds, challengeOf } from './challenge.ts';
import { detailOf, ERROR_TABLE, type TokenErrorCode, titleOf } from './error-table.ts';
import type { StepName } from './verification-steps.ts';

/** A problem document after RFC 9457: all of it is public. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: TokenErrorCode;
}

/** For logs only: what the check expected and what it found. */
export interface Finding {
  readonly expected?: unknown;
  readonly actual?: unknown;
  readonly cause?: unknown;
}

export interface TokenErrorOptions extends Finding, ChallengeNeeds {
  readonly challenge: ChallengeContext;
  readonly retryAfterSeconds?: number | undefined;
  /** Waits for a fetch under way whose end may cure it. */
  readonly wait?: Wait | undefined;
  /** The step that failed, where the code alone leaves it open. */
  readonly step?: StepName | undefined;
}

/** Resolves when a fetch has ended, or after that time. */
export type Wait = (timeoutMs: number) => Promise<void>;

// Registered, so that it is the same in every copy of this package and in every realm.
const TOKEN_ERROR = Symbol.for('@latchkey/jwt-verify/token-error');

/**
 * Every refusal of a request. `status` and `headers` are where Express, Fastify and Koa look for
 * them, so passing the error on to the framework gives the right answer.
 *
 * `code`, `status`, `headers` and `detail` are public; `message`, `expected` and `actual` are for
 * logs.
 */
export class TokenError extends Error {
  override readonly name: string = 'TokenError';
  readonly code: TokenErrorCode;
  /** 400, 401, 403 or 503. */
  readonly status: number;
  readonly statusCode: number;
  /** The headers of the answer: `WWW-Authenticate`, or `Retry-After` for a 503. */
  readonly headers: Readonly<Record<string, string>>;
  /** The one sentence that may be shown. */
  readonly detail: string;
  declare readonly expected?: unknown;
  declare readonly actual?: unknown;
  /** The step of verification that failed, where the code alone leaves it open. @internal */
  declare readonly step?: StepName;
  /** Waits for a fetch under way whose end may cure it. @internal */
  declare readonly wait?: Wait;

  constructor(code: TokenErrorCode, options: TokenErrorOptions) {
    // The stack would always be this package's own, and a flood of bad tokens would pay for it.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(`${code}: ${ERROR_TABLE[code].description}`, causeOf(options));
    Error.stackTraceLimit = limit;
    this.code = code;
    this.status = ERROR_TABLE[code].status;
    this.statusCode = this.status;
    this.detail = detailOf(code);
    this.headers = headersOf(code, options);
    // Not enumerable: a log may take them by name, a spread or JSON.stringify never does.
    Object.defineProperty(this, 'expected', { value: options.expected });
    Object.defineProperty(this, 'actual', { value: options.actual });
    if (options.step !== undefined) Object.defineProperty(this, 'step', { value: options.step });
    if (options.wait !== undefined) Object.defineProperty(this, 'wait', { value: options.wait });
  }

  /**
   * Whether an error is a TokenError. Unlike `instanceof` it also knows those of another copy of this
   * package, as there are two where a test runner loads modules anew.
   */
  static is(error: unknown): error is TokenError {
    return typeof error === 'object' && error !== null && TOKEN_ERROR in error;
  }

  /** The body of the answer, `application/problem+json`. */
  toProblem(): Problem {
    const { code, status, detail } = this;
    return { type: 'about:blank', title: titleOf(code), status, detail, code };
  }
}

Object.defineProperty(TokenError.prototype, TOKEN_ERROR, { value: true });

/** The issuer's keys are unavailable, so the token cannot be judged: 503 with Retry-After. */
export class KeysUnavailableError extends TokenError {
  override readonly name = 'KeysUnavailableError';
  readonly retryAfterSeconds: number;

  constructor(options: TokenErrorOptions & { readonly retryAfterSeconds: number }) {
    super('keys_unavailable', options);
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** As `TokenError.is`, for this kind alone. */
  static override is(error: unknown): error is KeysUnavailableError {
    return TokenError.is(error) && error.code === 'keys_unavailable';
  }
}

const causeOf = (options: TokenErrorOptions): ErrorOptions | undefined =>
  options.cause === undefined ? undefined : { cause: options.cause };

const headersOf = (code: TokenErrorCode, options: TokenErrorOptions): Record<string, string> => {
  const challenge = challengeOf(code, options.challenge, options);
  if (challenge !== undefined) return { 'WWW-Authenticate': challenge };
  return { 'Retry-After': String(Math.max(1, Math.ceil(options.retryAfterSeconds ?? 1))) };
};

/** Makes the error of one verifier; the caller throws it. */
export type Refuse = (
  code: Exclude<TokenErrorCode, 'keys_unavailable'>,
  finding?: Omit<TokenErrorOptions, 'challenge'>,
) => TokenError;

export const refuseWith =
  (challenge: ChallengeContext): Refuse =>
  (code, finding) =>
    new TokenError(code, { ...finding, challenge });
