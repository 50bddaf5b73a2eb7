import { createHash } from 'node:crypto';
import { networkOf } from '@latchkey/service-kit/http/client-network';
import type { Caller } from '../caller.ts';
import { skeletonOf } from '../names/skeleton.ts';
import type { Counter, CounterRepository } from './counter-repository.ts';
import { type Change, count, settle, take, tooMany } from './counters.ts';

export interface LoginSettings {
  /** Failures of one address at one account within the hour before it has to wait. */
  freeLoginFailures: number;
  /** The longest wait of one address at one account. */
  loginBackoffMaxSeconds: number;
  /** Failures at one account within the hour, from everywhere, before strangers have to wait. */
  loginFailuresPerAccount: number;
  /** Failures of one address within ten minutes, at any account. */
  loginFailuresPerAddress: number;
}

export interface AttemptedLogin {
  username: string;
  caller: Caller;
}

/** One attempt at a password, which counts as a failure until it ends otherwise. */
export interface LoginAttempt {
  /** How long the next attempt has to wait if this one fails. */
  readonly backoffSeconds: number;
  /** The password was right. */
  succeed(): Promise<void>;
  /** The password was wrong. */
  fail(): void;
  /**
   * Always call it. Without `succeed` or `fail` before it takes the count back: a refusal
   * or an outage is no failure.
   */
  close(): Promise<void>;
}

/** A wait that doubles with every failure beyond the free ones. */
interface Rising {
  failures: Counter;
  /** Open for one at a time, then closed for the wait. */
  gate: Counter;
  maxSeconds: number;
}

const TEN_MINUTES_SECONDS = 600;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
const KNOWN_SECONDS = 90 * DAY_SECONDS;
/** The longest wait at a new address, however many others guess at the account. */
const ACCOUNT_BACKOFF_MAX_SECONDS = 60;

/**
 * Three counters of failures: of an address, of an account, and of the pair of both. A known pair,
 * one that logged in before, is held up by its own failures alone; they count for the address too,
 * which is thereby closed to guesses at other accounts.
 */
export function loginLimits(counter: CounterRepository['counter'], settings: LoginSettings) {
  const { loginFailuresPerAddress, loginFailuresPerAccount, freeLoginFailures } = settings;
  const address = counter('login-address', loginFailuresPerAddress, TEN_MINUTES_SECONDS);
  const pair: Rising = {
    failures: counter('login-pair', freeLoginFailures, HOUR_SECONDS),
    gate: counter('login-pair-gate', 1, HOUR_SECONDS),
    maxSeconds: settings.loginBackoffMaxSeconds,
  };
  const account: Rising = {
    failures: counter('login-account', loginFailuresPerAccount, HOUR_SECONDS),
    gate: counter('login-account-gate', 1, HOUR_SECONDS),
    maxSeconds: ACCOUNT_BACKOFF_MAX_SECONDS,
  };
  const known = counter('login-known', 1, KNOWN_SECONDS);

  return {
    async beginLogin({ username, caller }: AttemptedLogin): Promise<LoginAttempt> {
      const network = networkOf(caller.address);
      const accountKey = createHash('sha256').update(skeletonOf(username)).digest('base64url');
      const pairKey = `${accountKey}:${network}`;
      const knownForMs = (await known.get(pairKey))?.msBeforeNext ?? 0;
      const isKnown = knownForMs > 0;
      const refunds: Change[] = [];
      const pairRefunds: Change[] = [];
      const seconds: number[] = [];
      try {
        const { points, msBeforeNext, giveBack } = await count(address, network);
        refunds.push(giveBack);
        if (points > address.points && !isKnown) throw tooMany(msBeforeNext);
        seconds.push(await pass(pair, pairKey, pairRefunds));
        if (!isKnown) seconds.push(await pass(account, accountKey, refunds));
      } catch (error) {
        await settle([...refunds, ...pairRefunds]);
        throw error;
      }
      let ended = false;
      return {
        backoffSeconds: Math.max(...seconds),
        async succeed() {
          ended = true;
          // An attempt that had to pass no gate has none to open.
          const forgiven = pairRefunds.length > 1 ? [pair.failures, pair.gate] : [pair.failures];
          // Kept known by each login, written once a day.
          const isFresh = knownForMs > (KNOWN_SECONDS - DAY_SECONDS) * 1000;
          await settle([
            ...refunds,
            ...forgiven.map((one) => () => one.delete(pairKey)),
            ...(isFresh ? [] : [() => known.set(pairKey, 1, KNOWN_SECONDS)]),
          ]);
        },
        fail() {
          ended = true;
        },
        async close() {
          if (!ended) await settle([...refunds, ...pairRefunds]);
          ended = true;
        },
      };
    },
  };
}

/** Counts the attempt; beyond the free ones, one at a time may pass a gate that then closes. */
async function pass(
  { failures, gate, maxSeconds }: Rising,
  key: string,
  refunds: Change[],
): Promise<number> {
  const { points, giveBack } = await count(failures, key);
  refunds.push(giveBack);
  const beyond = points - failures.points;
  if (beyond <= 0) return 0;
  const seconds = Math.min(2 ** Math.min(beyond - 1, 20), maxSeconds);
  await take(gate, key, seconds);
  refunds.push(() => gate.delete(key));
  return seconds;
}
