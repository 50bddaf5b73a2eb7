import { type ClientKey, clientKey } from '@latchkey/service-kit/calling/token-exchange';
import {
  type TokenConfig,
  tokenEnv,
  toTokenConfig,
} from '@latchkey/service-kit/joining/token-config';
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
} from '@latchkey/service-kit/process/config';
import { z } from 'zod';

export interface Config {
  service: ServiceConfig;
  tokens: TokenConfig;
  databaseUrl: string;
  todoService: { baseUrl: string; timeoutMs: number };
  /** Absent where tokens cannot be exchanged. */
  exchange: { authServiceUrl: string; clientKey: ClientKey } | undefined;
}

const envSchema = z.object({
  ...serviceEnv(4003),
  ...tokenEnv,
  DATABASE_URL: databaseUrl,
  TODO_SERVICE_URL: z
    .string({ error: 'must be set to where todo-service listens, e.g. http://localhost:4002' })
    .pipe(url),
  TODO_SERVICE_TIMEOUT_MS: wholeNumber(100, 30_000).default(2_000),
  AUTH_SERVICE_URL: url.optional(),
  CLIENT_KEY: clientKey.optional(),
});

export function parseConfig(env: Env): Config {
  const values = parseEnv(envSchema, env);
  const service = toServiceConfig(values);
  const tokens = toTokenConfig(values, service);
  return {
    service,
    tokens,
    databaseUrl: values.DATABASE_URL,
    todoService: {
      baseUrl: values.TODO_SERVICE_URL,
      timeoutMs: values.TODO_SERVICE_TIMEOUT_MS,
    },
    exchange: toExchange(values, tokens),
  };
}

function toExchange(values: z.infer<typeof envSchema>, tokens: TokenConfig): Config['exchange'] {
  const { CLIENT_KEY: key, AUTH_SERVICE_URL: authServiceUrl } = values;
  // A minimal token has no audience or scope that an exchange could narrow.
  if (key === undefined || isMinimal(tokens)) return undefined;
  if (authServiceUrl === undefined) {
    throw new ConfigError(['AUTH_SERVICE_URL: must be set where CLIENT_KEY is']);
  }
  return { authServiceUrl, clientKey: key };
}

const isMinimal = (tokens: TokenConfig) =>
  tokens.mode === 'shared-secret' && tokens.profile === 'minimal';
