import { LRUCache } from 'lru-cache';
import {
  type AccessToken,
  type Asker,
  type AuthorizationServer,
  LoginEnded,
  type Tokens,
} from './authorization-server.ts';
import type { SessionChange, SessionRepository } from './session-repository.ts';
import { hashOf, seal, unseal } from './session-secret.ts';

/** How long it is believed that a person may do nothing at a service: it may just have joined. */
const NONE_MS = 5_000;
/** A service that refuses a token so young refuses it for another reason than its end. */
const SETTLED_MS = 1_000;
const MAX_KEPT = 20_000;

/** What rests sealed in the database. */
export interface SessionTokens {
  refreshToken: string;
  idToken: string | undefined;
  /** By the scopes that each was asked for with; null where the person may have none of them. */
  access: Record<string, AccessToken | null>;
}

interface Dependencies {
  server: Pick<AuthorizationServer, 'refresh'>;
  idleSeconds: number;
  now: () => number;
}

type Kept = Map<string, { token: AccessToken | null; sinceMs: number }>;

/** `ended`: nobody is signed in with this cookie. `none`: nothing there is for this person. */
export type Lookup = { token: string } | 'none' | 'ended';

export type TokensOfSessions = ReturnType<typeof tokensOfSessions>;

/** The access tokens of browser sessions: one for each service, fetched when it is first needed. */
export function tokensOfSessions(
  sessions: Pick<SessionRepository, 'hold'>,
  { server, idleSeconds, now }: Dependencies,
) {
  const kept = new LRUCache<string, Kept>({ max: MAX_KEPT });
  const underWay = new Map<string, Promise<Lookup>>();

  const keep = (secret: string, scope: string, token: AccessToken | null) => {
    const tokens: Kept = kept.get(secret) ?? new Map();
    tokens.set(scope, { token, sinceMs: now() });
    kept.set(secret, tokens);
  };

  const isUsable = ({ usableUntilMs }: AccessToken) => now() < usableUntilMs;
  const isFresh = ({ renewFromMs }: AccessToken) => now() < renewFromMs;

  /** Of all tabs and instances one asks auth-service; the others find what it got. */
  const renew = async (
    secret: string,
    scope: string,
    asker: Asker,
    isGood: (token: AccessToken) => boolean,
  ): Promise<Lookup> =>
    sessions.hold<Lookup>(hashOf(secret), new Date(now()), async (row) => {
      if (!row) return { change: undefined, result: 'ended' };
      const tokens = await unseal<SessionTokens>(secret, row.sealedTokens);
      const known = tokens.access[scope];
      if (known && isGood(known)) {
        keep(secret, scope, known);
        return { change: undefined, result: { token: known.token } };
      }
      let answer: Tokens | undefined;
      try {
        answer = await server.refresh(tokens.refreshToken, scope, asker);
      } catch (error) {
        if (error instanceof LoginEnded) return { change: 'end', result: 'ended' };
        throw error;
      }
      const token = answer?.access ?? null;
      keep(secret, scope, token);
      const change = await changed(secret, tokens, scope, { token, answer });
      return { change, result: token ? { token: token.token } : 'none' };
    });

  const changed = async (
    secret: string,
    { refreshToken, idToken, access }: SessionTokens,
    scope: string,
    { token, answer }: { token: AccessToken | null; answer: Tokens | undefined },
  ): Promise<SessionChange> => {
    if (!answer) return undefined;
    const stillGood = Object.entries(access).filter(([, each]) => each && isUsable(each));
    const sealedTokens = await seal(secret, {
      refreshToken: answer.refreshToken ?? refreshToken,
      idToken,
      access: { ...Object.fromEntries(stillGood), [scope]: token },
    } satisfies SessionTokens);
    return { sealedTokens, expiresAt: new Date(now() + idleSeconds * 1000) };
  };

  const renewOnce = (
    secret: string,
    scope: string,
    asker: Asker,
    isGood: (token: AccessToken) => boolean,
  ): Promise<Lookup> => {
    const key = `${secret} ${scope}`;
    const already = underWay.get(key);
    if (already) return already;
    const renewing = renew(secret, scope, asker, isGood)
      .then((found) => {
        if (found === 'ended') kept.delete(secret);
        return found;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, renewing);
    return renewing;
  };

  return {
    /** @throws UpstreamError when auth-service does not answer; what the database throws when it is away */
    async find(secret: string, scope: string, asker: Asker): Promise<Lookup> {
      const known = kept.get(secret)?.get(scope);
      if (known?.token === null && now() - known.sinceMs < NONE_MS) return 'none';
      if (!known?.token || !isUsable(known.token)) {
        return renewOnce(secret, scope, asker, isUsable);
      }
      if (!isFresh(known.token)) {
        // It is tried again at the next request, and needed only then: trouble now is no one's.
        renewOnce(secret, scope, asker, isFresh).catch(() => undefined);
      }
      return { token: known.token.token };
    },

    /** Those in use here, to be asked whether the login is over. */
    inUse: (secret: string): string[] =>
      [...(kept.get(secret)?.values() ?? [])].flatMap(({ token }) => (token ? [token.token] : [])),

    /** A service refused a token of this session: whether the login is over, the next request finds out. */
    async suspect(secret: string, scope: string): Promise<void> {
      const known = kept.get(secret)?.get(scope);
      if (!known || now() - known.sinceMs < SETTLED_MS) return;
      kept.delete(secret);
      await sessions.hold(hashOf(secret), new Date(now()), async (row) => {
        if (!row) return { change: undefined, result: undefined };
        const tokens = await unseal<SessionTokens>(secret, row.sealedTokens);
        const access = Object.fromEntries(
          Object.entries(tokens.access).filter(([, each]) => each?.token !== known.token?.token),
        );
        const sealedTokens = await seal(secret, { ...tokens, access } satisfies SessionTokens);
        return { change: { sealedTokens, expiresAt: row.expiresAt }, result: undefined };
      });
    },

    forget: (secret: string): boolean => kept.delete(secret),
  };
}
