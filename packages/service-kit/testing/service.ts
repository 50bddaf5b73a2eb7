import type { RequestListener } from 'node:http';
import { createVerifier, type Verifier } from '@latchkey/jwt-verify';
import { decodeJwt } from 'jose';
import { hasEndedFrom, requireTokenFrom } from '../src/http/guard.ts';
import { ownServiceJson } from '../src/joining/service-json.ts';
import { Health } from '../src/process/health.ts';
import { type AppParts, isUnavailableFrom, type OpenStore } from '../src/starting/service-main.ts';
import { listenOnLoopback, requester, silentLog } from './harness.ts';

/** The public origin, as a service under test is told it. */
export const TEST_ISSUER = 'http://localhost:8080';

interface Closable {
  close(): unknown;
}

interface ServiceOptions<Store, C, Settings> {
  /** The folder of the service's main.ts. */
  srcDirectory: string;
  createApp: (parts: AppParts<Store, Settings> & C) => RequestListener;
  verifier: Verifier;
  store?: Store;
  /** The called services, by the name that `createApp` knows each by. */
  calls?: C;
  /** The variables of its `env`. */
  settings?: Settings;
}

/** The real service on a free port of loopback; `stop` closes what it was given, too. */
export async function startService<
  Store extends OpenStore | undefined = undefined,
  C extends Record<string, Closable> = Record<never, never>,
  Settings = unknown,
>({ srcDirectory, createApp, verifier, ...given }: ServiceOptions<Store, C, Settings>) {
  const { store, calls } = given;
  const health = new Health(store ? { database: store.ping } : {});
  const app = createApp({
    service: ownServiceJson(srcDirectory),
    log: silentLog,
    health,
    requireToken: requireTokenFrom(verifier),
    hasEnded: hasEndedFrom(verifier),
    challenge: verifier.challenge,
    issuer: TEST_ISSUER,
    isUnavailable: isUnavailableFrom(store),
    store: store as Store,
    settings: (given.settings ?? {}) as Settings,
    ...(calls as C),
  });
  const server = await listenOnLoopback(app);
  return {
    url: server.url,
    request: requester(server.url),
    health,
    async stop() {
      await server.close();
      for (const each of Object.values(calls ?? {})) each.close();
      await store?.close();
    },
  };
}

/** A verifier for a token that never gets the keys to check it with. */
export function verifierWithoutKeys(token: string): Verifier {
  const { iss = '', aud = '' } = decodeJwt(token);
  return createVerifier({
    issuer: iss,
    audience: aud,
    algorithms: ['ES256'],
    keys: { url: 'http://127.0.0.1:1/nothing-listens-there', allowInsecureHttp: true },
  });
}
