import {
  type TokenConfig,
  tokenEnv,
  toTokenConfig,
} from '@latchkey/service-kit/joining/token-config';
import {
  databaseUrl,
  type Env,
  parseEnv,
  type ServiceConfig,
  serviceEnv,
  toServiceConfig,
} from '@latchkey/service-kit/process/config';
import { z } from 'zod';

export interface Config {
  service: ServiceConfig;
  tokens: TokenConfig;
  databaseUrl: string;
}

const envSchema = z.object({ ...serviceEnv(4002), ...tokenEnv, DATABASE_URL: databaseUrl });

export function parseConfig(env: Env): Config {
  const values = parseEnv(envSchema, env);
  const service = toServiceConfig(values);
  return { service, tokens: toTokenConfig(values, service), databaseUrl: values.DATABASE_URL };
}
