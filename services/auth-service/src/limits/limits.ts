import { createHash } from 'node:crypto';
import pRetry from 'p-retry';
import type { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Caller } from '../caller.ts';
import { problems } from '../errors.ts';
import { skeletonOf } from '../people/skeleton.ts';
import { networkOf } from './caller-network.ts';

export interface LimitSettings {
  /** Failures of one address at one account within the hour before it has to wait. */
  freeLoginFailures: number;
  /** The longest wait of one address at one account. */
  loginBackoffMaxSeconds: number;
  /** Failures at one account within the hour, from everywhere, before strangers have to wait. */
  loginFailuresPerAccount: number;
  /** Failures of one address within ten minutes, at whatever accounts. */
  loginFailuresPerAddress: number;
  /** New accounts an hour. */
  registrationsPerAddress: number;
  /** Refreshes a minute. */
  refreshesPerAddress: number;
}

export interface LoginAttempt {
  username: string;
  caller: Caller;
}

/** How a failed attempt left its account: how long the next one has to wait. */
export interface Backoff {
  seconds: number;
}

export interface Limits {
  /**
   * Lets an attempt to log in happen, or refuses it before it costs anything. A refusal, an
   * outage, or a success counts as no failure.
   *
   * @param attempt resolves to `undefined` for a wrong name or password
   * @throws Problem `too_many_requests` with `Retry-After`
   */
  login<T>(
    who: LoginAttempt,
    attempt: (next: Backoff) => Promise<T | undefined>,
  ): Promise<T | undefined>;
  /** @throws Problem `too_many_requests` */
  register(caller: Caller): Promise<void>;
  /** @throws Problem `too_many_requests` */
  refresh(caller: Caller): Promise<void>;
}

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;
const KNOWN_ADDRESS_SECONDS = 90 * 86_400;
/** However many strangers guess at an account, somebody new is let try again so soon. */
const ACCOUNT_BACKOFF_MAX_SECONDS = 60;

/** For about two minutes; a process that is to end does not wait for it. */
const SETTLE_RETRIES = {
  retries: 480,
  factor: 1,
  minTimeout: 250,
  maxTimeout: 250,
  unref: true,
} as const;

/** Counters in PostgreSQL, the same for all copies of the service. */
export function createLimits(pool: Pool, settings: LimitSettings): Limits {
  const counter = (keyPrefix: string, points: number, duration: number) =>
    new RateLimiterPostgres({
      storeClient: pool,
      storeType: 'pool',
      tableName: 'rate_limit',
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix,
      points,
      duration,
    });
  const addressFailures = counter('login-address', settings.loginFailuresPerAddress, 600);
  const pair: Rising = {
    failures: counter('login-pair', settings.freeLoginFailures, HOUR_SECONDS),
    gate: counter('login-pair-gate', 1, HOUR_SECONDS),
    maxSeconds: settings.loginBackoffMaxSeconds,
  };
  const account: Rising = {
    failures: counter('login-account', settings.loginFailuresPerAccount, HOUR_SECONDS),
    gate: counter('login-account-gate', 1, HOUR_SECONDS),
    maxSeconds: ACCOUNT_BACKOFF_MAX_SECONDS,
  };
  const knownAddresses = counter('login-known', 1, KNOWN_ADDRESS_SECONDS);
  const registrations = counter('register', settings.registrationsPerAddress, HOUR_SECONDS);
  const refreshes = counter('refresh', settings.refreshesPerAddress, MINUTE_SECONDS);

  /** Counts the attempt; beyond the free ones, one at a time may pass a gate that then closes. */
  const pass = async (
    { failures, gate, maxSeconds }: Rising,
    key: string,
    refunds: Change[],
  ): Promise<number> => {
    const { consumedPoints } = await failures.penalty(key);
    refunds.push(() => failures.reward(key));
    const beyond = consumedPoints - failures.points;
    if (beyond <= 0) return 0;
    const seconds = Math.min(2 ** Math.min(beyond - 1, 20), maxSeconds);
    await take(gate, key, seconds);
    refunds.push(() => gate.delete(key));
    return seconds;
  };

  return {
    async login({ username, caller }, attempt) {
      const network = networkOf(caller.address);
      const accountKey = createHash('sha256').update(skeletonOf(username)).digest('base64url');
      const pairKey = `${accountKey}:${network}`;
      const refunds: Change[] = [];
      const pairRefunds: Change[] = [];
      let found: Awaited<ReturnType<typeof attempt>>;
      let isKnown: boolean;
      try {
        await take(addressFailures, network);
        refunds.push(() => addressFailures.reward(network));
        const seconds = [await pass(pair, pairKey, pairRefunds)];
        // Whoever logged in from here before is not kept out by strangers elsewhere.
        isKnown = (await knownAddresses.get(pairKey)) !== null;
        if (!isKnown) seconds.push(await pass(account, accountKey, refunds));
        found = await attempt({ seconds: Math.max(...seconds) });
      } catch (error) {
        await settle([...refunds, ...pairRefunds]);
        throw error;
      }
      if (found === undefined) return undefined;
      // Whoever had to pass no gate has none to open.
      const forgiven = pairRefunds.length > 1 ? [pair.failures, pair.gate] : [pair.failures];
      await settle([
        ...refunds,
        ...forgiven.map((counter) => () => counter.delete(pairKey)),
        ...(isKnown ? [] : [() => knownAddresses.set(pairKey, 1, KNOWN_ADDRESS_SECONDS)]),
      ]);
      return found;
    },
    register: (caller) => take(registrations, networkOf(caller.address)),
    refresh: (caller) => take(refreshes, networkOf(caller.address)),
  };
}

type Counter = RateLimiterPostgres;

/** A wait that doubles with every failure beyond the free ones. */
interface Rising {
  failures: Counter;
  /** Open for one at a time, then closed for the wait. */
  gate: Counter;
  maxSeconds: number;
}

type Change = () => Promise<unknown>;

/**
 * What cannot be changed because the database is away is changed once it answers again: nobody has
 * to wait for an outage of ours.
 */
async function settle(changes: readonly Change[]): Promise<void> {
  await Promise.all(
    changes.map((change) =>
      change().catch(() => void pRetry(change, SETTLE_RETRIES).catch(() => undefined)),
    ),
  );
}

async function take(counter: Counter, key: string, customDuration?: number): Promise<void> {
  try {
    await counter.consume(key, 1, customDuration === undefined ? {} : { customDuration });
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
    throw problems.too_many_requests({
      detail: `Too many tries. Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`,
      headers: { 'Retry-After': String(seconds) },
    });
  }
}
