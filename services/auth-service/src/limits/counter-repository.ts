import type { Pool } from 'pg';
import { RateLimiterPostgres } from 'rate-limiter-flexible';

export type Counter = RateLimiterPostgres;
export type CounterRepository = ReturnType<typeof counterRepository>;

/** Counters in PostgreSQL, the same for all instances of the service. */
export function counterRepository(pool: Pool) {
  return {
    counter: (keyPrefix: string, points: number, durationSeconds: number): Counter =>
      new RateLimiterPostgres({
        storeClient: pool,
        storeType: 'pool',
        tableName: 'rate_limit',
        tableCreated: true,
        clearExpiredByTimeout: false,
        keyPrefix,
        points,
        duration: durationSeconds,
      }),
  };
}
