import { setTimeout as delay } from 'node:timers/promises';
import { hashOf } from '@latchkey/service-kit/http/secrets';
import { UpstreamError } from '@latchkey/service-kit/http/upstream-error';
import { LRUCache } from 'lru-cache';
import {
  type AccessToken,
  type AuthorizationServer,
  type Caller,
  LoginEnded,
  type Tokens,
} from './authorization-server.ts';
import { seal, unseal } from './sealed-tokens.ts';
import type { SessionRepository, SessionRow } from './session-repository.ts';

/** How long it is believed that a person may do nothing at a service: it may just have joined. */
const NONE_MS = 5_000;
/** How long it is believed that a cookie is of no session: strangers may send any. */
const ENDED_MS = 2_000;
/** A service that refuses a token so young refuses it for another reason than its end. */
const SETTLED_MS = 2_000;
/** After a renewal ahead of time that failed. */
const RETRY_MS = 5_000;
/** Longer than one request to auth-service takes at most. */
const LEASE_MS = 6_000;
const POLL_MS = 50;
/** For a request that waits for another's refresh, and for its own. */
const WAIT_MS = 8_000;
const MAX_KEPT = 20_000;

/** What rests sealed in the database. */
export interface SessionTokens {
  refreshToken: string;
  idToken: string | undefined;
  /** By the scopes that each was asked for with. */
  access: Record<string, AccessToken>;
}

interface Dependencies {
  server: Pick<AuthorizationServer, 'refresh'>;
  idleSeconds: number;
  now: () => number;
}

interface Cached {
  /** Null where the person may have none of the scopes. */
  token: AccessToken | null;
  sinceMs: number;
  /** A renewal ahead of time failed: not tried before then. */
  retryAtMs: number;
}

type IsGood = (token: AccessToken) => boolean;

/** `ended`: nobody is signed in with this cookie. `none`: nothing there is for this person. */
export type Lookup = { token: string } | 'none' | 'ended';

export type TokensOfSessions = ReturnType<typeof tokensOfSessions>;

/** The access tokens of browser sessions: one for each service, fetched when it is first needed. */
export function tokensOfSessions(
  sessions: Pick<SessionRepository, 'find' | 'claim' | 'settle' | 'replaceTokens' | 'end'>,
  { server, idleSeconds, now }: Dependencies,
) {
  const cached = new LRUCache<string, Map<string, Cached>>({ max: MAX_KEPT });
  const ended = new LRUCache<string, true>({ max: MAX_KEPT, ttl: ENDED_MS });
  const underWay = new Map<string, Promise<Lookup>>();

  const keep = (secret: string, scope: string, token: AccessToken | null) => {
    const tokens = cached.get(secret) ?? new Map<string, Cached>();
    tokens.set(scope, { token, sinceMs: now(), retryAtMs: 0 });
    cached.set(secret, tokens);
  };

  const isUsable: IsGood = ({ usableUntilMs }) => now() < usableUntilMs;
  const isFresh: IsGood = ({ renewFromMs }) => now() < renewFromMs;

  /** The token for these scopes that another request got meanwhile, here or at another copy. */
  const goodIn = (
    secret: string,
    scope: string,
    { access }: SessionTokens,
    isGood: IsGood,
  ): Lookup | undefined => {
    const known = access[scope];
    if (!known || !isGood(known)) return undefined;
    keep(secret, scope, known);
    return { token: known.token };
  };

  /**
   * Asks auth-service, alone: of all requests at all copies one has the lease of the row. A refresh whose
   * outcome is unknown is repeated as it was before any other: another use of its token would end the login.
   */
  const refreshOnce = async (
    secret: string,
    { tokens, scope, lease }: { tokens: SessionTokens; scope: string; lease: Date },
    caller: Caller,
  ): Promise<Lookup> => {
    const hash = hashOf(secret);
    let answer: Tokens | undefined;
    try {
      answer = await server.refresh(tokens.refreshToken, scope, caller);
    } catch (error) {
      if (error instanceof LoginEnded) {
        await sessions.end(hash);
        return 'ended';
      }
      await sessions.settle(hash, lease, 'failed');
      throw error;
    }
    keep(secret, scope, answer?.access ?? null);
    if (!answer) {
      await sessions.settle(hash, lease, 'nothing');
      return 'none';
    }
    const { refreshToken, access } = answer;
    const stillGood = Object.entries(tokens.access).filter(([, each]) => isUsable(each));
    const sealedTokens = await seal(secret, {
      refreshToken,
      idToken: tokens.idToken,
      access: { ...Object.fromEntries(stillGood), [scope]: access },
    } satisfies SessionTokens);
    await sessions.settle(hash, lease, {
      sealedTokens,
      expiresAt: new Date(now() + idleSeconds * 1000),
    });
    return { token: access.token };
  };

  const renew = async (
    secret: string,
    scope: string,
    caller: Caller,
    isGood: IsGood,
  ): Promise<Lookup> => {
    const hash = hashOf(secret);
    const open = ({ sealedTokens }: SessionRow) => unseal<SessionTokens>(secret, sealedTokens);
    const giveUpAtMs = now() + WAIT_MS;
    while (now() < giveUpAtMs) {
      const row = await sessions.find(hash, new Date(now()));
      if (!row) return 'ended';
      const found = goodIn(secret, scope, await open(row), isGood);
      if (found) return found;
      const lease = new Date(now() + LEASE_MS);
      const claimed = await sessions.claim(hash, scope, { now: new Date(now()), lease });
      if (!claimed) {
        await delay(POLL_MS);
        continue;
      }
      const tokens = await open(claimed);
      const meanwhile = goodIn(secret, scope, tokens, isGood);
      if (meanwhile && claimed.refreshingScope === scope) {
        await sessions.settle(hash, lease, 'nothing');
        return meanwhile;
      }
      const asked = { tokens, scope: claimed.refreshingScope, lease };
      const outcome = await refreshOnce(secret, asked, caller);
      if (outcome === 'ended' || claimed.refreshingScope === scope) return outcome;
    }
    throw new UpstreamError('auth-service', 'timeout');
  };

  const renewOnce = (
    secret: string,
    scope: string,
    caller: Caller,
    isGood: IsGood,
  ): Promise<Lookup> => {
    const key = `${secret} ${scope}`;
    const already = underWay.get(key);
    if (already) return already;
    const renewing = renew(secret, scope, caller, isGood)
      .then((found) => {
        if (found === 'ended') forget(secret);
        return found;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, renewing);
    return renewing;
  };

  const forget = (secret: string): void => {
    cached.delete(secret);
    ended.set(secret, true);
  };

  return {
    /** @throws UpstreamError when auth-service does not answer; what the database throws when it is away */
    async find(secret: string, scope: string, caller: Caller): Promise<Lookup> {
      if (ended.has(secret)) return 'ended';
      const known = cached.get(secret)?.get(scope);
      if (known?.token === null && now() - known.sinceMs < NONE_MS) return 'none';
      if (!known?.token || !isUsable(known.token)) {
        return renewOnce(secret, scope, caller, isUsable);
      }
      if (!isFresh(known.token) && now() >= known.retryAtMs) {
        // It is needed later: trouble now is no one's.
        renewOnce(secret, scope, caller, isFresh).catch(() => {
          known.retryAtMs = now() + RETRY_MS;
        });
      }
      return { token: known.token.token };
    },

    /** Those in use here, to be asked whether the login is over. */
    inUse: (secret: string): string[] =>
      [...(cached.get(secret)?.values() ?? [])].flatMap(({ token }) =>
        token ? [token.token] : [],
      ),

    /** A service refused a token of this session: whether the login is over, the next request finds out. */
    async dropRefused(secret: string, scope: string): Promise<void> {
      const known = cached.get(secret)?.get(scope);
      if (!known?.token || now() - known.sinceMs < SETTLED_MS) return;
      const refused = known.token.token;
      cached.get(secret)?.delete(scope);
      const row = await sessions.find(hashOf(secret), new Date(now()));
      if (!row) return;
      const tokens = await unseal<SessionTokens>(secret, row.sealedTokens);
      if (tokens.access[scope]?.token !== refused) return;
      const { [scope]: _, ...access } = tokens.access;
      const sealedTokens = await seal(secret, { ...tokens, access } satisfies SessionTokens);
      await sessions.replaceTokens(hashOf(secret), row.sealedTokens, sealedTokens);
    },

    forget,
  };
}
