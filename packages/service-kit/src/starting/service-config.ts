import { z } from 'zod';
import type { Call } from '../calling/called-service.ts';
import { type ClientKey, clientKey } from '../calling/token-exchange.ts';
import type { ServiceJson } from '../joining/service-json.ts';
import { urlVariableOf, variablePrefixOf } from '../joining/start-members.ts';
import { type TokenConfig, tokenEnv, toTokenConfig } from '../joining/token-config.ts';
import {
  ConfigError,
  databaseUrl,
  type Env,
  parseEnv,
  type ServiceConfig,
  serviceEnv,
  toServiceConfig,
  url,
  wholeNumber,
} from '../process/config.ts';

/** What every service reads from its environment, by its `service.json` and what it calls. */
export interface StartConfig {
  service: ServiceConfig;
  tokens: TokenConfig;
  /** Set for a service whose `service.json` names a database. */
  databaseUrl: string | undefined;
  /** By name of the called service. */
  upstreams: Readonly<Record<string, { baseUrl: string; timeoutMs: number }>>;
  /** Absent where tokens cannot be exchanged. */
  exchange: { authServiceUrl: string; clientKey: ClientKey } | undefined;
}

const clientEnv = { AUTH_SERVICE_URL: url.optional(), CLIENT_KEY: clientKey.optional() };

/** @throws ConfigError with every problem */
export function parseServiceConfig<E extends z.ZodRawShape>(
  service: ServiceJson,
  calls: readonly Call[],
  ownEnv: E,
  env: Env,
): { config: StartConfig; settings: z.output<z.ZodObject<E>> } {
  const callEnv = Object.assign({}, ...calls.map(envOfCall));
  const common = {
    ...serviceEnv(service.port),
    ...tokenEnv,
    ...(service.database ? { DATABASE_URL: databaseUrl } : {}),
    ...clientEnv,
  };
  const values = parseEnv(z.object({ ...common, ...callEnv, ...ownEnv }), env);
  const known = values as unknown as z.output<z.ZodObject<typeof common>>;
  const given = values as Record<string, unknown>;
  const serviceConfig = toServiceConfig(known);
  const tokens = toTokenConfig(known, serviceConfig);
  const upstreams = calls.map(({ service: name }) => {
    const baseUrl = given[urlVariableOf(name)] as string;
    return [name, { baseUrl, timeoutMs: given[timeoutVariableOf(name)] as number }] as const;
  });
  return {
    config: {
      service: serviceConfig,
      tokens,
      databaseUrl: known.DATABASE_URL as string | undefined,
      upstreams: Object.fromEntries(upstreams),
      exchange: toExchange(known, tokens),
    },
    settings: values as unknown as z.output<z.ZodObject<E>>,
  };
}

const timeoutVariableOf = (service: string) => `${variablePrefixOf(service)}_TIMEOUT_MS`;

function envOfCall({ service }: Call): z.ZodRawShape {
  const error = `must be set to where ${service} listens, e.g. http://localhost:4002`;
  return {
    [urlVariableOf(service)]: z.string({ error }).pipe(url),
    [timeoutVariableOf(service)]: wholeNumber(100, 30_000).default(2_000),
  };
}

function toExchange(
  env: z.output<z.ZodObject<typeof clientEnv>>,
  tokens: TokenConfig,
): StartConfig['exchange'] {
  const { CLIENT_KEY: key, AUTH_SERVICE_URL: authServiceUrl } = env;
  // A minimal token has no audience or scope that an exchange could narrow.
  const isMinimal = tokens.mode === 'shared-secret' && tokens.profile === 'minimal';
  if (key === undefined || isMinimal) return undefined;
  if (authServiceUrl === undefined) {
    throw new ConfigError(['AUTH_SERVICE_URL: must be set where CLIENT_KEY is']);
  }
  return { authServiceUrl, clientKey: key };
}
