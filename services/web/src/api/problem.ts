/** Why a call was not answered as hoped: what the service said (RFC 9457), or that nobody answered. */
export class Problem extends Error {
  /** The HTTP status; 0 when there was no answer at all. */
  readonly status: number;
  readonly code: string;
  /** Names of fields -> what is wrong with each. */
  readonly fields: Readonly<Record<string, string>>;
  readonly retryAfterSeconds: number | undefined;
  /** What a new sign-in must be like (RFC 9470 §3), when that is what is missing. */
  readonly stepUp: StepUp | undefined;

  constructor(message: string, given: Partial<Problem> = {}) {
    super(message, { cause: given.cause });
    this.name = 'Problem';
    this.status = given.status ?? 0;
    this.code = given.code ?? 'offline';
    this.fields = given.fields ?? {};
    this.retryAfterSeconds = given.retryAfterSeconds;
    this.stepUp = given.stepUp;
  }

  get isSignInNeeded(): boolean {
    return this.status === 401;
  }

  /** Of ours or of the network: the same call may go well later. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** What `/session/sign-in` is asked for. */
export interface StepUp {
  max_age?: string;
  acr_values?: string;
}

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** @throws Problem for every answer but a good one */
export async function unwrap<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  const { data } = await answered(call);
  return data as Data;
}

/** With the response, for its headers. */
export async function answered<Data>(call: Promise<Answer<Data>>): Promise<Answer<Data>> {
  const answer = await call.catch((cause: unknown) => {
    if (cause instanceof Error && cause.name === 'AbortError') throw cause;
    throw new Problem('No answer', { cause });
  });
  if (answer.response.ok) return answer;
  throw toProblem(answer.response, answer.error);
}

/** @param body of the answer, parsed or not */
function toProblem(response: Response, body: unknown): Problem {
  const { code, detail, title, errors } = (typeof body === 'object' && body ? body : {}) as {
    code?: string;
    detail?: string;
    title?: string;
    errors?: { field?: string; detail?: string }[];
  };
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new Problem(detail ?? title ?? response.statusText, {
    status: response.status,
    code: code ?? 'unknown',
    // The first of a field's faults is the one to mend first.
    fields: Object.fromEntries(
      (errors ?? []).toReversed().map((each) => [each.field ?? '', each.detail ?? '']),
    ),
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
    stepUp: stepUpIn(response.headers.get('www-authenticate')),
  });
}

function stepUpIn(challenge: string | null): StepUp | undefined {
  if (!challenge?.includes('insufficient_user_authentication')) return undefined;
  const [, maxAge] = /max_age="?(\d+)/.exec(challenge) ?? [];
  const [, acr] = /acr_values="([^"]*)"/.exec(challenge) ?? [];
  return { ...(maxAge ? { max_age: maxAge } : {}), ...(acr ? { acr_values: acr } : {}) };
}
