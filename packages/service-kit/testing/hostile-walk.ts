import { decodeJwt } from 'jose';
import type { Operation } from './api-document.ts';
import { type AttemptOptions, attemptsAt } from './hostile-attempts.ts';
import { hostileClaims } from './hostile-values.ts';

export interface HostileWalk extends AttemptOptions {
  /** Of the service, or of a gateway in front of it. */
  url: string;
  /** Each makes one token for each operation, for some operations end what it rests on. */
  tokens: Record<string, () => string | Promise<string>>;
}

export interface HostileReport {
  /** How many answers there were, by status. */
  answers: Record<number, number>;
  /** What was wrong with an answer, and to which request. */
  faults: string[];
}

const AT_ONCE = 12;
const SHOWN = 160;
/** A stack, SQL or a tool's name: nothing that belongs in an answer. */
const INTERNAL =
  /\bat .+:\d+:\d+|node_modules|\.ts:\d|\bprisma\b|\bselect .+ from\b|\binsert into\b|invocation|postgres|sqlstate|\bzod/i;

/**
 * Sends every operation of a document a hostile value for each of its parameters, headers and
 * members in turn, all else being good, with each token and with none; and asks after each operation
 * whether the service still answers.
 */
export async function walkHostileInput(walk: HostileWalk): Promise<HostileReport> {
  const report: HostileReport = { answers: {}, faults: [] };
  for (const [path, operations] of Object.entries(walk.document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const line = `${method.toUpperCase()} ${path}`;
      const isPublic = operation.security?.length === 0;
      const makers = isPublic ? [undefined] : [undefined, ...Object.values(walk.tokens)];
      for (const makeToken of makers) {
        const token = await makeToken?.();
        const attempts = attemptsAt(walk, line, operation, token);
        const isSampled = !isLetIn(operation, token);
        await together(isSampled ? everyTenth(attempts) : attempts, (one) =>
          send(walk.url, one, report),
        );
        const { status } = await fetch(new URL('/healthz', walk.url));
        if (status !== 200) report.faults.push(`${line}: /healthz answers ${status} afterwards`);
      }
    }
  }
  return report;
}

function isLetIn({ security = [] }: Operation, token: string | undefined): boolean {
  const wanted = security.flatMap((one) => Object.values(one).flat());
  const { scope } = token === undefined ? {} : decodeJwt<{ scope?: string }>(token);
  return security.length === 0 || wanted.every((one) => scope?.split(' ').includes(one));
}

/** Enough where the guard answers before anything is read. */
function* everyTenth<T>(items: Iterable<T>): Generator<T> {
  let at = 0;
  for (const item of items) if (at++ % 10 === 0) yield item;
}

interface ClaimsWalk {
  url: string;
  /** Signs a good token with these claims beside its own. */
  sign: (claims: Record<string, unknown>) => string | Promise<string>;
  /** Requests as `POST /todo`, with a body. */
  requests: Record<string, object | undefined>;
}

/** Sends each request with tokens whose signature is good and whose claims are hostile. */
export async function walkHostileClaims(walk: ClaimsWalk): Promise<HostileReport> {
  const report: HostileReport = { answers: {}, faults: [] };
  for (const claims of hostileClaims) {
    const authorization = `Bearer ${await walk.sign(claims)}`;
    await together(Object.entries(walk.requests).values(), async ([line, json]) => {
      const [method = '', target = ''] = line.split(' ');
      const headers = { authorization, 'content-type': 'application/json' };
      const body = json === undefined ? {} : { body: JSON.stringify(json) };
      const place = `${line} ${JSON.stringify(claims).slice(0, SHOWN)}`;
      await send(walk.url, { place, target, init: { method, headers, ...body } }, report);
    });
  }
  return report;
}

async function together<T>(items: Iterator<T>, work: (item: T) => Promise<void>): Promise<void> {
  const one = async () => {
    for (let next = items.next(); !next.done; next = items.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

interface Request {
  place: string;
  target: string;
  init: RequestInit;
}

async function send(url: string, { place, target, init }: Request, report: HostileReport) {
  try {
    const response = await fetch(url + target, { ...init, redirect: 'manual' });
    const fault = faultIn(response, await response.text());
    report.answers[response.status] = (report.answers[response.status] ?? 0) + 1;
    if (fault) report.faults.push(`${place}: ${fault}`);
  } catch (error) {
    report.faults.push(`${place}: no answer, ${(error as Error).message}`);
  }
}

/** Random letters, which spell any word now and then. */
const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+|rt_[\w-]+/g;

function faultIn(response: Response, text: string): string | undefined {
  const shown = `${response.status} ${text.slice(0, SHOWN)}`;
  if (response.status >= 500) return shown;
  if (INTERNAL.test(text.replaceAll(TOKEN, ''))) return `says what is internal: ${shown}`;
  if (response.status >= 400 && !isErrorDocument(response, text))
    return `is not a problem document: ${shown}`;
  return undefined;
}

/** RFC 9457, or RFC 6749 §5.2 as our token routes have it. */
function isErrorDocument({ status, headers }: Response, text: string): boolean {
  const type = headers.get('content-type') ?? '';
  if (!type.includes('json')) return false;
  const body = JSON.parse(text) as Record<string, unknown>;
  const names = type.startsWith('application/problem+json')
    ? ['type', 'title', 'detail', 'code']
    : ['error', 'error_description', 'detail'];
  const isWhole = names.every((name) => typeof body[name] === 'string' && body[name] !== '');
  return isWhole && (body.status === undefined || body.status === status);
}
