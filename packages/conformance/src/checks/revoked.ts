import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { bearerChallengeOf } from '../http/challenge.ts';
import { type Exchange, headerOf } from '../http/exchange.ts';
import { LIST_TTL_SECONDS } from '../issuer/status-lists.ts';
import { expectThat, type Failure } from './check.ts';
import { Skipped } from './skipped.ts';

/** The `ttl` of the lists, and time to fetch one. */
export const REFUSED_WITHIN_MS = LIST_TTL_SECONDS * 1000 + 5_000;
/** Long enough for a service to fetch every list that it has once more. */
export const FETCHED_AGAIN_WITHIN_MS = LIST_TTL_SECONDS * 1000 + 1_500;
const LISTENS_WITHIN_MS = 3_000;
const POLL_MS = 250;

export const isAccepted = ({ answer: { status } }: Exchange): boolean => status > 0 && status < 400;

/** 401 with the challenge of a bad token. */
export const isRefused = ({ answer }: Exchange): boolean =>
  answer.status === 401 &&
  bearerChallengeOf(headerOf(answer, 'www-authenticate'))?.parameters.get('error') ===
    'invalid_token';

export const ask = (context: Context, token: string): Promise<Exchange> =>
  context.call(context.anyGuarded, { token });

export const expectAccepted = async (context: Context, token: string): Promise<Failure[]> => {
  const exchange = await ask(context, token);
  return expectThat(isAccepted(exchange), exchange, 'accepted: it is not revoked');
};

export const expectRefused = async (context: Context, token: string): Promise<Failure[]> => {
  const exchange = await ask(context, token);
  return expectThat(isRefused(exchange), exchange, '401 invalid_token: it is revoked');
};

/** Ask until this is so. Returns the last exchange, of which it may not be. */
export const untilThat = async (
  context: Context,
  token: string,
  isSo: (exchange: Exchange) => boolean,
  withinMs: number,
): Promise<Exchange> => {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    const exchange = await ask(context, token);
    if (isSo(exchange) || performance.now() > untilMs) return exchange;
    await delay(POLL_MS);
  }
};

/** Look again and again while lists are fetched anew; the first failures end it. */
export const throughout = async (
  ms: number,
  look: () => Promise<readonly Failure[]>,
): Promise<readonly Failure[]> => {
  const untilMs = performance.now() + ms;
  for (;;) {
    const failures = await look();
    if (failures.length > 0 || performance.now() > untilMs) return failures;
    await delay(POLL_MS);
  }
};

/** Revoke tokens that the service has accepted, and wait until it refuses them. @throws Skipped */
export const revokeKnown = async (context: Context, known: readonly string[]): Promise<void> => {
  for (const token of known) {
    const { answer } = await untilThat(context, token, isAccepted, REFUSED_WITHIN_MS);
    if (answer.status >= 400) throw new Skipped(`a good token is ${answer.status}`);
  }
  for (const token of known) context.issuer.statusLists.revoke(token);
  for (const token of known) {
    const exchange = await untilThat(context, token, isRefused, REFUSED_WITHIN_MS);
    if (!isRefused(exchange)) throw new Skipped('it does not refuse revoked tokens');
  }
};

/** @throws Skipped when it follows the lists alone, as it may */
export const assertListens = async (context: Context): Promise<void> => {
  const { stream } = context.issuer.statusLists;
  const untilMs = performance.now() + LISTENS_WITHIN_MS;
  while (stream.listeners === 0) {
    if (performance.now() > untilMs) throw new Skipped('it does not listen to status-lists/events');
    await delay(POLL_MS);
  }
};
