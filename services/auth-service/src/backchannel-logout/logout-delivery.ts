import type { Log } from '@latchkey/service-kit/process/log';
import { systemCaller } from '../caller.ts';
import type { TokenSigner } from '../keys/token-signer.ts';
import type { Store } from '../store.ts';
import type { LogoutNotice } from './logout-notice-repository.ts';
import { signLogoutToken } from './logout-token.ts';
import { sendLogoutToken } from './send-logout-token.ts';

interface Dependencies {
  issuer: string;
  signer: Pick<TokenSigner, 'sign'>;
  log: Log;
  now: () => number;
}

export interface LogoutDelivery {
  /** Since the start: clients that were told, attempts that failed, notices given up. */
  counts: Readonly<{ delivered: number; failed: number; givenUp: number }>;
  close(): Promise<void>;
}

/** For notices of other processes, and those whose next attempt is due. */
const POLL_MS = 1_000;
/** Longer than an attempt takes, so that no other instance begins meanwhile. Two hours in all. */
const DELAYS_SECONDS = [10, 30, 120, 600, 1_800, 3_600];
const MAX_ATTEMPTS = DELAYS_SECONDS.length + 1;
/** At once: a client that does not answer holds up its own notices alone. */
const PER_CLIENT = 8;
const MAX_CLAIMED = 200;

/** Tells clients that sessions ended (OpenID Connect Back-Channel Logout), each notice at least once. */
export function startLogoutDelivery(
  { logoutNotices, transaction, onLogoutNotices }: LogoutStore,
  { issuer, signer, log, now }: Dependencies,
): LogoutDelivery {
  const counts = { delivered: 0, failed: 0, givenUp: 0 };
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = new Set<Promise<void>>();
  const inFlight = new Map<string, number>();
  let isWoken = false;
  let endWaiting: () => void = () => undefined;
  const wake = () => {
    isWoken = true;
    endWaiting();
  };
  const stopListening = onLogoutNotices(wake);

  const wait = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, POLL_MS).unref();
      endWaiting = () => {
        clearTimeout(timer);
        resolve();
      };
      if (isWoken || signal.aborted) endWaiting();
    });

  const giveUp = async (notice: LogoutNotice, reason: string) => {
    const { id, clientId, sessionId, username: subject, attempts } = notice;
    const isGone = await transaction(async ({ logoutNotices, audit }) => {
      if (!(await logoutNotices.remove(id))) return true;
      const details = { sessionId, attempts: Math.min(attempts, MAX_ATTEMPTS), reason };
      const who = { actor: 'system', subject, clientId, caller: systemCaller };
      await audit.record({ type: 'backchannel_logout.given_up', ...who, details });
      return false;
    });
    if (isGone) return;
    counts.givenUp += 1;
    log.warn({ clientId, sessionId, reason }, 'a client was not told that a session ended');
  };

  const deliver = async (notice: LogoutNotice) => {
    const { id, clientId, uri, attempts } = notice;
    if (attempts > MAX_ATTEMPTS) return giveUp(notice, 'stopped during the last attempt');
    try {
      const token = signLogoutToken({ issuer, signer, now }, notice);
      await sendLogoutToken(uri, token, { issuer, signal });
    } catch (err) {
      if (signal.aborted) return;
      counts.failed += 1;
      const { message: reason } = err as Error;
      if (attempts === MAX_ATTEMPTS) return giveUp(notice, reason);
      log.info({ clientId, attempts, reason }, 'a logout token was not delivered; trying again');
      return;
    }
    counts.delivered += 1;
    await logoutNotices.remove(id);
  };

  const start = (notice: LogoutNotice) => {
    const { clientId } = notice;
    inFlight.set(clientId, (inFlight.get(clientId) ?? 0) + 1);
    const work = deliver(notice)
      .catch((err: unknown) => log.warn({ err }, 'a logout notice is still there; trying again'))
      .finally(() => {
        running.delete(work);
        const left = (inFlight.get(clientId) ?? 1) - 1;
        if (left > 0) inFlight.set(clientId, left);
        else inFlight.delete(clientId);
        // There may be more of this client.
        if (left === PER_CLIENT - 1 || running.size === 0) wake();
      });
    running.add(work);
  };

  const claim = () => {
    const busy = [...inFlight].filter(([, count]) => count >= PER_CLIENT);
    return logoutNotices.claim({
      now: new Date(now()),
      perClient: PER_CLIENT,
      take: MAX_CLAIMED,
      except: busy.map(([clientId]) => clientId),
      delaysSeconds: DELAYS_SECONDS,
    });
  };

  const run = async () => {
    let isAway = false;
    while (!signal.aborted) {
      isWoken = false;
      try {
        for (const notice of await claim()) start(notice);
        isAway = false;
      } catch (err) {
        if (!isAway) log.warn({ err }, 'logout notices cannot be read; trying again');
        isAway = true;
      }
      await wait();
    }
  };
  const loop = run();

  return {
    counts,
    async close() {
      stopListening();
      stopping.abort();
      wake();
      await loop;
      await Promise.all(running);
    },
  };
}

type LogoutStore = Pick<Store, 'logoutNotices' | 'transaction' | 'onLogoutNotices'>;
