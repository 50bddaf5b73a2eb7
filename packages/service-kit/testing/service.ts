import type { RequestListener } from 'node:http';
import { createVerifier, type Verifier } from '@latchkey/jwt-verify';
import { decodeJwt } from 'jose';
import { requireTokenFrom } from '../src/http/guard.ts';
import { ownServiceJson } from '../src/joining/service-json.ts';
import { Health } from '../src/process/health.ts';
import type { AppParts } from '../src/starting/service-main.ts';
import { listenOnLoopback, requester, silentLog } from './harness.ts';

interface Closable {
  close(): unknown;
}

interface ServiceOptions<D, C> {
  /** The folder of the service's main.ts. */
  srcDirectory: string;
  createApp: (parts: AppParts<D> & C) => RequestListener;
  verifier: Verifier;
  database?: D;
  /** The called services, by the name that `createApp` knows each by. */
  calls?: C;
}

/** The real service on a free port of loopback; `stop` closes what it was given, too. */
export async function startService<
  D extends { ping(): unknown; close(): unknown } | undefined = undefined,
  C extends Record<string, Closable> = Record<never, never>,
>({ srcDirectory, createApp, verifier, ...given }: ServiceOptions<D, C>) {
  const { database, calls } = given;
  const health = new Health(database ? { database: database.ping } : {});
  const app = createApp({
    service: ownServiceJson(srcDirectory),
    log: silentLog,
    health,
    requireToken: requireTokenFrom(verifier),
    database: database as D,
    settings: {},
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
      await database?.close();
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
