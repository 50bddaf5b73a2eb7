import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { type Exchange, headerOf } from '../http/exchange.ts';
import { SIGNED } from '../issuer/tokens.ts';
import { type Check, expectThat, type Failure, failure } from './check.ts';

/** How long a service may keep a new key's token waiting, its Retry-After included. */
const ACCEPT_WITHIN_MS = 45_000;
const MAX_WAIT_MS = 15_000;
const STRANGERS = 50;
/** One for the first of them, and one where the cool-down ends meanwhile. */
const MAX_FETCHES = 2;

export const retryAfterOf = ({ answer }: Exchange): number => {
  const header = headerOf(answer, 'retry-after');
  return /^\d+$/.test(header) ? Number(header) : Number.NaN;
};

const isHonest503 = (exchange: Exchange): boolean =>
  exchange.answer.status === 503 && retryAfterOf(exchange) >= 0;

/** Ask until the answer is no 503, as a client that honors Retry-After does. */
const untilDecided = async (context: Context, token: string): Promise<Exchange> => {
  const untilMs = Date.now() + ACCEPT_WITHIN_MS;
  for (;;) {
    const exchange = await context.call(context.anyGuarded, { token });
    if (!isHonest503(exchange) || Date.now() > untilMs) return exchange;
    await delay(Math.min(Math.max(retryAfterOf(exchange), 1) * 1000, MAX_WAIT_MS));
  }
};

const strangersToken = ({ tokens }: Context): string =>
  tokens.mint({ key: tokens.strangersKey, header: { kid: randomUUID() } });

/** The key set must be held before it can change. */
const warmUp = async (context: Context): Promise<Failure[]> => {
  const exchange = await untilDecided(context, context.tokens.mint());
  return expectThat(exchange.answer.status < 400, exchange, 'a good token is accepted');
};

/** A fresh service where the kit can start one: no cool-down from the check before. */
const begin = async (context: Context): Promise<Failure[]> => {
  if (context.hasProcess) await context.process.restart();
  return warmUp(context);
};

const rotated = async (context: Context, prepare?: () => Promise<unknown>): Promise<Failure[]> => {
  const failures = await begin(context);
  if (failures.length > 0) return failures;
  await prepare?.();
  const old = context.tokens.mint();
  context.issuer.rotate();
  const accepted = await untilDecided(context, context.tokens.mint());
  if (accepted.answer.status >= 400 || accepted.answer.status === 0) {
    return [failure(accepted, "a new key's token is accepted, or 503 with Retry-After until then")];
  }
  const left = await context.call(context.anyGuarded, { token: old });
  const isRefused = left.answer.status === 401 || isHonest503(left);
  return expectThat(isRefused, left, '401 for a key that has left the set');
};

export const KEY_CHECKS: readonly Check[] = [
  {
    id: 'keys.rotation',
    title: 'Keys rotate without a false 401, and a key that left the set is refused',
    rfc: 'RFC 7517 §5',
    severity: 'must',
    profiles: SIGNED,
    run: (context) => rotated(context),
  },
  {
    id: 'keys.unknown-kid',
    title: 'A kid that no key has is 401, or first 503 with Retry-After',
    rfc: 'RFC 7515 §4.1.4',
    severity: 'must',
    profiles: SIGNED,
    run: async (context) => {
      const failures = await begin(context);
      if (failures.length > 0) return failures;
      const exchange = await untilDecided(context, strangersToken(context));
      return expectThat(exchange.answer.status === 401, exchange, '401 in the end');
    },
  },
  {
    id: 'keys.one-fetch',
    title: `${STRANGERS} tokens with unknown kids cost the issuer one request`,
    rfc: 'RFC 7517 §5',
    severity: 'must',
    profiles: SIGNED,
    run: async (context) => {
      const failures = await begin(context);
      if (failures.length > 0) return failures;
      const before = context.issuer.keySetRequests;
      const exchanges = await Promise.all(
        Array.from({ length: STRANGERS }, () =>
          context.call(context.anyGuarded, { token: strangersToken(context) }),
        ),
      );
      const fetches = context.issuer.keySetRequests - before;
      const refused = exchanges.flatMap((exchange) => {
        const isRefused = exchange.answer.status === 401 || isHonest503(exchange);
        return expectThat(isRefused, exchange, '401, or 503 with Retry-After');
      });
      const tooMany: Failure = {
        where: context.issuer.jwksUri,
        expected: `at most ${MAX_FETCHES} requests for the key set in a cool-down`,
        actual: `${fetches} requests`,
      };
      return fetches > MAX_FETCHES ? [...refused.slice(0, 1), tooMany] : refused.slice(0, 1);
    },
  },
  {
    id: 'keys.rotation-among-strangers',
    title: 'Strangers with unknown kids do not have the token of a new key refused',
    rfc: 'RFC 7517 §5',
    severity: 'must',
    profiles: SIGNED,
    run: (context) =>
      rotated(context, () => context.call(context.anyGuarded, { token: strangersToken(context) })),
  },
];
