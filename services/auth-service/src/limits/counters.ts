import pRetry from 'p-retry';
import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { problems } from '../errors.ts';

export type Counter = RateLimiterPostgres;

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

/** Makes counters in PostgreSQL, the same for all instances of the service. */
export const countersIn =
  (pool: Pool) =>
  (keyPrefix: string, points: number, durationSeconds: number): Counter =>
    new RateLimiterPostgres({
      storeClient: pool,
      storeType: 'pool',
      tableName: 'rate_limit',
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix,
      points,
      duration: durationSeconds,
    });

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
 * it answers, so that an outage of ours counts against nobody.
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
