import { resolve } from 'node:path';
import {
  ConfigError,
  type Env,
  parseEnv,
  type ServiceConfig,
  serviceEnv,
  toServiceConfig,
  url,
  wholeNumber,
} from '@latchkey/service-kit/config';
import { readServices, type ServiceJson } from '@latchkey/service-kit/service-json';
import { z } from 'zod';
import type { RateLimits } from './bounds/least-rate.ts';
import { isAddressRange } from './intake/client-origin.ts';
import type { ConnectionLimits } from './upstreams/copy.ts';
import type { RoutedService } from './upstreams/upstreams.ts';

const PORT = 8080;
const SERVICES_DIR = resolve(import.meta.dirname, '../..');

const origin = url.refine((text) => new URL(text).origin === text, {
  message: 'must be an origin like http://todo-service:4002, without a path',
});

const addressRanges = z
  .string()
  .transform((text) => text.split(',').map((range) => range.trim()))
  .refine((ranges) => ranges.every(isAddressRange), {
    message: 'must be IP addresses or CIDR ranges, separated by commas',
  });

const gatewayEnv = {
  ...serviceEnv(PORT),
  TRUSTED_PROXIES: addressRanges.optional(),
  MAX_BODY_BYTES: wholeNumber(0, 1024 ** 3).default(10 * 1024 ** 2),
  MAX_BUFFER_BYTES: wholeNumber(1024 ** 2, 16 * 1024 ** 3).default(32 * 1024 ** 2),
  MAX_CONNECTIONS: wholeNumber(16, 1_000_000).default(4_096),
  CLIENT_GRACE_MS: wholeNumber(100, 600_000).default(5_000),
  CLIENT_BYTES_PER_SECOND: wholeNumber(1, 1024 ** 3).default(1_024),
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: wholeNumber(0, 65_535).optional(),
  UPSTREAM_CONNECT_TIMEOUT_MS: wholeNumber(1, 60_000).default(2_000),
  UPSTREAM_HEADERS_TIMEOUT_MS: wholeNumber(1, 600_000).default(30_000),
  UPSTREAM_BODY_IDLE_TIMEOUT_MS: wholeNumber(1, 600_000).default(60_000),
  UPSTREAM_MAX_REQUESTS: wholeNumber(2, 1_000_000).default(1_024),
};

export interface Config {
  service: ServiceConfig;
  services: readonly RoutedService[];
  /** The proxies in front whose `X-Forwarded-*` is believed. */
  trustedProxies: readonly string[];
  maxBodyBytes: number;
  /** What bodies and answers of slow clients may hold in memory, all together. */
  maxBufferBytes: number;
  maxConnections: number;
  /** How fast a client must send a body and read an answer. */
  leastRate: RateLimits;
  /** Where `/metrics` is served; never at the public port. */
  metrics: { host: string; port: number } | undefined;
  limits: ConnectionLimits;
}

/**
 * Reads the gateway's configuration. Each service that has routes is found at `<NAME>_URL`
 * (`TODO_SERVICE_URL`), or else on this machine at the port of its `service.json`.
 *
 * @throws ConfigError with every problem
 */
export function parseConfig(env: Env): Config {
  const directory = env.SERVICES_DIR || SERVICES_DIR;
  const routed = routedServices(directory);
  const urls = Object.fromEntries(routed.map(({ name }) => [variableOf(name), origin.optional()]));
  const values = parseEnv(z.object({ ...gatewayEnv, ...urls }), env);
  const given = values as unknown as Record<string, string | undefined>;
  const metrics = { host: values.METRICS_HOST, port: values.METRICS_PORT };
  return {
    service: toServiceConfig(values),
    services: routed.map(({ name, routes, port }) => ({
      name,
      routes,
      baseUrl: given[variableOf(name)] ?? `http://127.0.0.1:${port}`,
    })),
    trustedProxies: values.TRUSTED_PROXIES ?? [],
    maxBodyBytes: values.MAX_BODY_BYTES,
    maxBufferBytes: values.MAX_BUFFER_BYTES,
    maxConnections: values.MAX_CONNECTIONS,
    leastRate: {
      graceMs: values.CLIENT_GRACE_MS,
      bytesPerSecond: values.CLIENT_BYTES_PER_SECOND,
    },
    metrics: metrics.port === undefined ? undefined : { host: metrics.host, port: metrics.port },
    limits: {
      connectTimeoutMs: values.UPSTREAM_CONNECT_TIMEOUT_MS,
      headersTimeoutMs: values.UPSTREAM_HEADERS_TIMEOUT_MS,
      bodyIdleTimeoutMs: values.UPSTREAM_BODY_IDLE_TIMEOUT_MS,
      maxRequestsPerCopy: values.UPSTREAM_MAX_REQUESTS,
    },
  };
}

function routedServices(directory: string): ServiceJson[] {
  try {
    return readServices(directory).filter(({ routes }) => routes.length > 0);
  } catch (error) {
    throw new ConfigError([`SERVICES_DIR: ${(error as Error).message}`]);
  }
}

function variableOf(service: string): string {
  return `${service.toUpperCase().replaceAll('-', '_')}_URL`;
}
