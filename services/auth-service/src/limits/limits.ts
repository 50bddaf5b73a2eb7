import { networkOf } from '@latchkey/service-kit/client-network';
import type { Pool } from 'pg';
import type { Caller } from '../caller.ts';
import { countersIn, take } from './counters.ts';
import {
  type LoginAttempt,
  type LoginSettings,
  type LoginTry,
  loginLimits,
} from './login-limits.ts';

export interface LimitSettings extends LoginSettings {
  /** New accounts an hour. */
  registrationsPerAddress: number;
  /** Refreshes a minute. */
  refreshesPerAddress: number;
}

export interface Limits {
  /**
   * Admits a try at a password once it is the network's turn, or refuses it before it costs a hash.
   * Close what it returns, whatever happens.
   *
   * @throws Problem `too_many_requests`, `too_busy`, with `Retry-After`
   */
  beginLogin(login: LoginTry): Promise<LoginAttempt>;
  /** @throws Problem `too_many_requests` */
  register(caller: Caller): Promise<void>;
  /** @throws Problem `too_many_requests` */
  refresh(caller: Caller): Promise<void>;
}

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;

/** Counters in PostgreSQL, the same for all instances of the service. */
export function createLimits(pool: Pool, settings: LimitSettings): Limits {
  const counter = countersIn(pool);
  const { registrationsPerAddress, refreshesPerAddress } = settings;
  const registrations = counter('register', registrationsPerAddress, HOUR_SECONDS);
  const refreshes = counter('refresh', refreshesPerAddress, MINUTE_SECONDS);
  return {
    ...loginLimits(counter, settings),
    register: (caller) => take(registrations, networkOf(caller.address)),
    refresh: (caller) => take(refreshes, networkOf(caller.address)),
  };
}
