import type { RequestListener } from 'node:http';
import type { Verifier } from '@latchkey/jwt-verify';
import type { z } from 'zod';
import { type Call, type CalledService, callService } from '../calling/called-service.ts';
import { createServiceClient } from '../calling/service-client.ts';
import { createTokenExchange } from '../calling/token-exchange.ts';
import { type HasEnded, hasEndedFrom, type RequireToken, requireTokenFrom } from '../http/guard.ts';
import { ownServiceJson, type ServiceJson } from '../joining/service-json.ts';
import { acceptedBy, createServiceVerifier } from '../joining/service-verifier.ts';
import { Health } from '../process/health.ts';
import { createLog, type Log } from '../process/log.ts';
import { loadConfig, runMain, serve } from '../process/serve.ts';
import { parseServiceConfig, type StartConfig } from './service-config.ts';

/** A service's repositories, on a database that the kit knows by these alone. */
export interface OpenStore {
  ping(): Promise<unknown>;
  close(): Promise<unknown>;
  /** Whether an error is the database's absence, for which the answer is 503. */
  isAway(error: unknown): boolean;
}

/** What a service's `createApp` is given. */
export interface AppParts<Store = undefined, Settings = unknown> {
  service: ServiceJson;
  log: Log;
  health: Health;
  requireToken: RequireToken;
  /** For a stream, which goes on after the guard. */
  hasEnded: HasEnded;
  /** For a refusal that a guard cannot make, since it depends on the body. */
  challenge: Verifier['challenge'];
  /** The origin that people and pages know. */
  issuer: string;
  /** Whether an error is a temporary failure of ours: 503 with Retry-After, not 500. */
  isUnavailable: (error: unknown) => boolean;
  store: Store;
  /** The variables of `env`. */
  settings: Settings;
}

export interface ServiceDefinition<Store, K extends string, E extends z.ZodRawShape> {
  /** `import.meta.dirname` of the service's main.ts, below its service.json. */
  srcDirectory: string;
  /** Needed where service.json names a database; given the URL of that. */
  openStore?: (url: string) => Store;
  /** The services to ask on a person's behalf, by the name that `createApp` knows each by. */
  calls?: Record<K, Call>;
  /** Further environment variables, each with its schema. */
  env?: E;
  createApp: (
    parts: AppParts<Store, z.output<z.ZodObject<E>>> & Record<K, CalledService>,
  ) => RequestListener;
}

/**
 * A service's whole main: environment, configuration, log, database, verifier, app, listen; then
 * drain and close, in reverse. A failure to start is one line on standard error.
 */
export async function serviceMain<
  Store extends OpenStore | undefined = undefined,
  K extends string = never,
  E extends z.ZodRawShape = Record<never, never>,
>(definition: ServiceDefinition<Store, K, E>): Promise<void> {
  const service = ownServiceJson(definition.srcDirectory);
  await runMain(service.name, async () => {
    const calls = Object.entries<Call>(definition.calls ?? {});
    const called = calls.map(([, call]) => call);
    const parse = (env: NodeJS.ProcessEnv) =>
      parseServiceConfig(service, called, definition.env ?? ({} as E), env);
    const { config, settings } = loadConfig(service.name, parse, process.env);
    const log = createLog(service.name, config.service.logLevel);
    const { databaseUrl: url } = config;
    const store = url === undefined ? undefined : definition.openStore?.(url);
    const accepted = acceptedBy(service, config.tokens);
    const { verifier, keysReady, report } = createServiceVerifier(config.tokens, accepted, log);
    const upstreams = openUpstreams(service, calls, config, verifier.challenge);
    const ping = store ? { database: store.ping } : {};
    const health = new Health({ ...ping, keys: keysReady }, report);
    const parts = {
      service,
      log,
      health,
      requireToken: requireTokenFrom(verifier),
      hasEnded: hasEndedFrom(verifier),
      challenge: verifier.challenge,
      issuer: config.tokens.issuer,
      isUnavailable: isUnavailableFrom(store),
      store: store as Store,
      settings,
    };
    const app = definition.createApp({
      ...parts,
      ...(upstreams.services as Record<K, CalledService>),
    });
    const close = [verifier.close, upstreams.close, () => store?.close()];
    await serve({ app, config: config.service, log, health, close });
  });
}

/** Without a store nothing of a service's own can be away. */
export const isUnavailableFrom =
  (store: OpenStore | undefined) =>
  (error: unknown): boolean =>
    store?.isAway(error) === true;

/** Clients of the called services, and of auth-service where tokens are exchanged for theirs. */
function openUpstreams(
  { name: clientId }: ServiceJson,
  calls: readonly [string, Call][],
  { exchange, tokens: { issuer }, upstreams }: StartConfig,
  challenge: Verifier['challenge'],
) {
  const authService =
    exchange && createServiceClient({ service: 'auth-service', baseUrl: exchange.authServiceUrl });
  const open = (call: Call) => {
    const { service: audience, scope } = call;
    const exchangeToken =
      authService &&
      createTokenExchange({
        ...{ authService, issuer, clientId, audience, scope },
        clientKey: exchange.clientKey,
      });
    const at = upstreams[audience] as StartConfig['upstreams'][string];
    return callService({ ...call, ...at, challenge, exchangeToken });
  };
  const opened = calls.map(([name, call]) => [name, open(call)] as const);
  return {
    services: Object.fromEntries(opened),
    close() {
      for (const [, each] of opened) each.close();
      authService?.close();
    },
  };
}
