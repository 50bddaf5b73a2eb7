import {
  databaseUrl,
  type Env,
  parseEnv,
  type ServiceConfig,
  serviceEnv,
  toServiceConfig,
  url,
  wholeNumber,
} from '@latchkey/service-kit/config';
import { type TokenConfig, tokenEnv, toTokenConfig } from '@latchkey/service-kit/token-config';
import { z } from 'zod';

export interface Config {
  service: ServiceConfig;
  tokens: TokenConfig;
  databaseUrl: string;
  todoService: { baseUrl: string; timeoutMs: number };
}

const envSchema = z.object({
  ...serviceEnv(4003),
  ...tokenEnv,
  DATABASE_URL: databaseUrl,
  TODO_SERVICE_URL: z
    .string({ error: 'must be set to where todo-service listens, e.g. http://localhost:4002' })
    .pipe(url),
  TODO_SERVICE_TIMEOUT_MS: wholeNumber(100, 30_000).default(2_000),
});

export function parseConfig(env: Env): Config {
  const values = parseEnv(envSchema, env);
  const service = toServiceConfig(values);
  return {
    service,
    tokens: toTokenConfig(values, service),
    databaseUrl: values.DATABASE_URL,
    todoService: {
      baseUrl: values.TODO_SERVICE_URL,
      timeoutMs: values.TODO_SERVICE_TIMEOUT_MS,
    },
  };
}
