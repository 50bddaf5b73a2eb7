import pRetry from 'p-retry';
import { RateLimiterRes } from 'rate-limiter-flexible';
import { problems } from '../errors.ts';
import type { Counter } from './counter-repository.ts';

/** A change of a counter that is still to be made. */
export type Change = () => Promise<unknown>;

/** For about two minutes; a process that is to end does not wait for it. */
const SETTLE_RETRIES = {
  retries: 480,
  factor: 1,
  minTimeout: 250,
  maxTimeout: 250,
  unref: true,
} as const;

export interface Counted {
  points: number;
  msBeforeNext: number;
  /** Leaves alone a counter that was reset since: it does not hold this point. */
  giveBack: Change;
}

export async function count(counter: Counter, key: string): Promise<Counted> {
  const { consumedPoints: points, msBeforeNext } = await counter.penalty(key);
  const endsAtMs = Date.now() + msBeforeNext;
  const giveBack = async () => {
    if (Date.now() < endsAtMs) await counter.reward(key);
  };
  return { points, msBeforeNext, giveBack };
}

/** @throws Problem `too_many_requests` once the counter's points are used up */
export async function take(counter: Counter, key: string, durationSeconds?: number): Promise<void> {
  try {
    const options = durationSeconds === undefined ? {} : { customDuration: durationSeconds };
    await counter.consume(key, 1, options);
  } catch (error) {
    if (error instanceof RateLimiterRes) throw tooMany(error.msBeforeNext);
    throw error;
  }
}

/**
 * Makes changes that must not fail a login: what the database cannot take now is tried again until
 * it answers: an outage of ours must not count against a person.
 */
export async function settle(changes: readonly Change[]): Promise<void> {
  await Promise.all(
    changes.map((change) =>
      change().catch(() => void pRetry(change, SETTLE_RETRIES).catch(() => undefined)),
    ),
  );
}

export function tooMany(waitMs: number) {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return problems.too_many_requests({
    detail: `Too many attempts. Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`,
    headers: { 'Retry-After': String(seconds) },
  });
}
