import type { Route } from '@latchkey/service-kit/http/route';
import type { ServiceVerifier } from '@latchkey/service-kit/joining/service-verifier';
import type { Log } from '@latchkey/service-kit/process/log';
import { repeat } from '@latchkey/service-kit/process/repeat';
import type { SessionConfig } from '../config.ts';
import { createForwardedReader } from '../intake/forwarded-info.ts';
import type { Store } from '../store.ts';
import type { Upstreams } from '../upstreams/upstreams.ts';
import { authorizationServer } from './authorization-server.ts';
import { sessionCookies } from './session-cookies.ts';
import { type SessionGate, sessionGate } from './session-gate.ts';
import { sessionLinks } from './session-links.ts';
import { sessionOperations } from './session-operations.ts';
import { sessionRoutes } from './session-routes.ts';
import { tokensOfSessions } from './session-tokens.ts';
import { sessionUseOf } from './session-use.ts';

const CLEAN_MS = 600_000;

interface Parts {
  config: SessionConfig;
  store: Store;
  clientId: string;
  /** Whose pages people are shown. */
  upstreams: Pick<Upstreams, 'all'>;
  /** Absent with a shared secret, which the gateway has not. */
  verifier: ServiceVerifier['verifier'] | undefined;
  trustedProxies: readonly string[];
  log: Log;
  now: () => number;
}

export interface BrowserSessions {
  gate: SessionGate;
  routes: readonly Route[];
  /** Whether an error says that the database is away. */
  isAway: (error: unknown) => boolean;
}

/** What browser sessions are made of, put together. */
export async function openBrowserSessions(
  parts: Parts,
): Promise<BrowserSessions & { close: () => Promise<void> }> {
  const { config, store, clientId, upstreams, verifier, trustedProxies, log, now } = parts;
  const {
    issuer,
    authServiceUrl: baseUrl,
    accountScope,
    clientKey,
    hasIdTokens,
    idleSeconds,
  } = config;
  const { sessions, isAway } = store;
  const server = await authorizationServer({
    issuer,
    baseUrl,
    clientId,
    clientKey,
    hasIdTokens,
    now,
  });
  const cookies = sessionCookies(issuer);
  const useOf = sessionUseOf({ issuer, cookies });
  const tokens = tokensOfSessions(sessions, { server, idleSeconds, now });
  const operations = sessionOperations(sessions, {
    server,
    tokens,
    accountScope,
    verifier,
    idleSeconds,
    log,
    now,
  });
  const forwardedOf = createForwardedReader(trustedProxies);
  const cleaning = repeat(() => sessions.removeExpired(new Date(now())), {
    everyMs: CLEAN_MS,
    log,
    failure: 'expired sessions could not be removed; trying again later',
  });
  return {
    gate: sessionGate({ cookies, tokens, useOf, isAway }),
    routes: sessionRoutes({
      issuer,
      idleSeconds,
      cookies,
      server,
      operations,
      linksOf: sessionLinks({ upstreams, tokens }),
      useOf,
      forwardedOf,
    }),
    isAway,
    close: cleaning.close,
  };
}
