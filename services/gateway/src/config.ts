import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ClientKey, clientKey } from '@latchkey/service-kit/calling/token-exchange';
import { isIssuer } from '@latchkey/service-kit/joining/roles';
import { readServices, type ServiceJson } from '@latchkey/service-kit/joining/service-json';
import { urlVariableOf } from '@latchkey/service-kit/joining/start-members';
import {
  type TokenConfig,
  tokenEnv,
  toTokenConfig,
} from '@latchkey/service-kit/joining/token-config';
import { webOrigins } from '@latchkey/service-kit/joining/web-origin';
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
import type { MinimumRate } from './bounds/minimum-rate.ts';
import { isAddressRange } from './intake/forwarded-info.ts';
import type { ResourceServer } from './metadata/protected-resources.ts';
import { scopeFor } from './sessions/session-gate.ts';
import type { UpgradeLimits } from './upgrades/open-upgrades.ts';
import type { ConnectionLimits } from './upstreams/instance.ts';
import type { RoutedService } from './upstreams/upstreams.ts';

const PORT = 8080;
const SERVICES_DIR = resolve(import.meta.dirname, '../..');
const WEB_DIR = join(SERVICES_DIR, 'web/dist');

const origin = url.refine((text) => new URL(text).origin === text, {
  message: 'must be an origin like http://todo-service:4002, without a path',
});

/** A host, in which `{name}` stands for a service's name. */
const upstreamHost = z
  .string()
  .refine((text) => URL.canParse(`http://${hostOf(text, 'x')}`) && /^[\w.{}-]+$/.test(text), {
    message: 'must be a host name like {name}.internal',
  });

const hostOf = (template: string, name: string) => template.replaceAll('{name}', name);

const isBuiltApp = (directory: string) => existsSync(join(directory, 'index.html'));

const addressRanges = z
  .string()
  .transform((text) => text.split(',').map((range) => range.trim()))
  .refine((ranges) => ranges.every(isAddressRange), {
    message:
      'must be IP addresses, CIDR ranges, or loopback, linklocal, uniquelocal, separated by commas',
  });

const gatewayEnv = {
  ...serviceEnv(PORT),
  ISSUER: url.optional(),
  JWT_ALG: tokenEnv.JWT_ALG,
  TOKEN_PROFILE: tokenEnv.TOKEN_PROFILE,
  TRUSTED_PROXIES: addressRanges.optional(),
  CORS_ORIGINS: webOrigins.optional(),
  KEEP_ALIVE_TIMEOUT_MS: wholeNumber(1_000, 3_600_000).default(620_000),
  MAX_WEBSOCKETS: wholeNumber(0, 1_000_000).default(2_000),
  MAX_WEBSOCKETS_PER_ADDRESS: wholeNumber(1, 1_000_000).default(100),
  MAX_BODY_BYTES: wholeNumber(0, 1024 ** 3).default(10 * 1024 ** 2),
  MAX_BUFFER_BYTES: wholeNumber(1024 ** 2, 16 * 1024 ** 3).default(32 * 1024 ** 2),
  MAX_CONNECTIONS: wholeNumber(16, 1_000_000).default(4_096),
  CLIENT_GRACE_MS: wholeNumber(100, 600_000).default(5_000),
  CLIENT_BYTES_PER_SECOND: wholeNumber(1, 1024 ** 3).default(1_024),
  REVOCATION_CHECK: z.enum(['on', 'off']).default('off'),
  DATABASE_URL: databaseUrl.optional(),
  CLIENT_KEY: clientKey.optional(),
  BROWSER_SESSION_SECONDS: wholeNumber(3_600, 400 * 86_400).default(14 * 86_400),
  WEB_DIR: z
    .string()
    .transform((path) => resolve(path))
    .refine(isBuiltApp, {
      error: 'must be a folder with index.html, as the build of the app makes',
    })
    .optional(),
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: wholeNumber(0, 65_535).optional(),
  UPSTREAM_HOST: upstreamHost.default('127.0.0.1'),
  UPSTREAM_CONNECT_TIMEOUT_MS: wholeNumber(1, 60_000).default(2_000),
  UPSTREAM_HEADERS_TIMEOUT_MS: wholeNumber(1, 600_000).default(30_000),
  UPSTREAM_BODY_IDLE_TIMEOUT_MS: wholeNumber(1, 600_000).default(60_000),
  UPSTREAM_MAX_REQUESTS: wholeNumber(2, 1_000_000).default(1_024),
};

export interface Config {
  service: ServiceConfig;
  /** Where the `service.json` files are. */
  servicesDir: string;
  services: readonly RoutedService[];
  /** The same services, as clients may know them. */
  resources: readonly ResourceServer[];
  /** The public origin, which signs the tokens. */
  issuer: string | undefined;
  /** The proxies in front whose `X-Forwarded-*` is believed. */
  trustedProxies: readonly string[];
  /** Other origins whose pages may call every service. */
  corsOrigins: readonly string[];
  /** How long an idle connection is kept for the next request. */
  keepAliveTimeoutMs: number;
  upgradeLimits: UpgradeLimits;
  maxBodyBytes: number;
  /** What bodies and answers of slow clients may hold in memory, all together. */
  maxBufferBytes: number;
  maxConnections: number;
  /** How fast a client must send a body and read an answer. */
  minimumRate: MinimumRate;
  /** Whose tokens are checked here; undefined where there is no need, and with a shared secret. */
  tokens: TokenConfig | undefined;
  /** Whether revoked tokens are refused here already, before the services do. */
  checksRevocation: boolean;
  /** Undefined where nobody signs in by browser. */
  sessions: SessionConfig | undefined;
  /** The built browser app; undefined where it is not built. */
  webDir: string | undefined;
  /** Where `/metrics` is served; never at the public port. */
  metrics: { host: string; port: number } | undefined;
  limits: ConnectionLimits;
}

export interface SessionConfig {
  databaseUrl: string;
  clientKey: ClientKey;
  /** Unused for so long, a session ends. */
  idleSeconds: number;
  issuer: string;
  /** Where auth-service is, seen from here. */
  authServiceUrl: string;
  /** Of auth-service, where everyone has something. */
  accountScope: string;
  hasIdTokens: boolean;
}

/**
 * Reads the gateway's configuration. Each service that has routes is found at `<NAME>_URL`
 * (`TODO_SERVICE_URL`), or else at the `url` of its `service.json`, or at its `port` of `UPSTREAM_HOST`.
 *
 * @throws ConfigError with every problem
 */
export function parseConfig(env: Env): Config {
  const directory = env.SERVICES_DIR || SERVICES_DIR;
  const routed = routedServices(directory);
  const urls = Object.fromEntries(
    routed.map(({ name }) => [urlVariableOf(name), origin.optional()]),
  );
  const values = parseEnv(z.object({ ...gatewayEnv, ...urls }), env);
  const given = values as unknown as Record<string, string | undefined>;
  const metrics = { host: values.METRICS_HOST, port: values.METRICS_PORT };
  const service = toServiceConfig(values);
  const baseUrlOf = ({ name, url, port }: ServiceJson) =>
    given[urlVariableOf(name)] ?? url ?? `http://${hostOf(values.UPSTREAM_HOST, name)}:${port}`;
  const issuing = routed.find(isIssuer);
  const sessions = issuing && toSessionConfig(values, issuing, baseUrlOf(issuing));
  const checksRevocation = values.REVOCATION_CHECK === 'on';
  return {
    service,
    tokens: checksRevocation || sessions?.hasIdTokens ? tokensToCheck(env, service) : undefined,
    checksRevocation,
    sessions,
    servicesDir: directory,
    services: routed.map((service) => ({ ...pickMembers(service), baseUrl: baseUrlOf(service) })),
    resources: routed.map(({ name, routes, scopes }) => ({ name, routes, scopes })),
    issuer: values.ISSUER,
    trustedProxies: values.TRUSTED_PROXIES ?? [],
    corsOrigins: values.CORS_ORIGINS ?? [],
    keepAliveTimeoutMs: values.KEEP_ALIVE_TIMEOUT_MS,
    upgradeLimits: {
      total: values.MAX_WEBSOCKETS,
      perAddress: values.MAX_WEBSOCKETS_PER_ADDRESS,
    },
    maxBodyBytes: values.MAX_BODY_BYTES,
    maxBufferBytes: values.MAX_BUFFER_BYTES,
    maxConnections: values.MAX_CONNECTIONS,
    minimumRate: {
      graceMs: values.CLIENT_GRACE_MS,
      bytesPerSecond: values.CLIENT_BYTES_PER_SECOND,
    },
    webDir: values.WEB_DIR ?? (isBuiltApp(WEB_DIR) ? WEB_DIR : undefined),
    metrics: metrics.port === undefined ? undefined : { host: metrics.host, port: metrics.port },
    limits: {
      connectTimeoutMs: values.UPSTREAM_CONNECT_TIMEOUT_MS,
      headersTimeoutMs: values.UPSTREAM_HEADERS_TIMEOUT_MS,
      bodyIdleTimeoutMs: values.UPSTREAM_BODY_IDLE_TIMEOUT_MS,
      maxRequestsPerInstance: values.UPSTREAM_MAX_REQUESTS,
    },
  };
}

/** @throws ConfigError when half of what sessions need is set */
function toSessionConfig(
  env: z.output<z.ZodObject<typeof gatewayEnv>>,
  issuing: ServiceJson,
  authServiceUrl: string,
): SessionConfig | undefined {
  const { DATABASE_URL: databaseUrl, CLIENT_KEY: clientKey, ISSUER: issuer } = env;
  if (env.TOKEN_PROFILE === 'minimal' || (!databaseUrl && !clientKey)) return undefined;
  const missing = Object.entries({
    DATABASE_URL: databaseUrl,
    CLIENT_KEY: clientKey,
    ISSUER: issuer,
  })
    .filter(([, value]) => value === undefined)
    .map(([name]) => `${name}: must be set for browser sessions`);
  if (!databaseUrl || !clientKey || !issuer) throw new ConfigError(missing);
  return {
    databaseUrl,
    clientKey,
    issuer,
    authServiceUrl,
    accountScope: scopeFor(issuing),
    hasIdTokens: env.JWT_ALG !== 'HS256',
    idleSeconds: env.BROWSER_SESSION_SECONDS,
  };
}

/** Only with public keys: with a shared secret the gateway could make tokens. */
function tokensToCheck(env: Env, service: ServiceConfig): TokenConfig {
  const values = parseEnv(z.object(tokenEnv), env);
  if (values.JWT_ALG !== 'HS256') return toTokenConfig(values, service);
  throw new ConfigError([
    'REVOCATION_CHECK: unset it, since with JWT_ALG=HS256 only the services check tokens',
  ]);
}

/** What the gateway knows a service by; what its `service.json` leaves out stays out. */
function pickMembers(service: ServiceJson): Omit<RoutedService, 'baseUrl'> {
  const { name, description, routes, ready } = service;
  const { cors, headers, cookies, idleTimeoutSeconds, upgrade, app } = service;
  const members = { cors, headers, cookies, idleTimeoutSeconds, upgrade, app };
  return { name, description, routes, ready, ...members, scope: scopeFor(service) || undefined };
}

function routedServices(directory: string): ServiceJson[] {
  try {
    return readServices(directory).filter(({ routes }) => routes.length > 0);
  } catch (error) {
    throw new ConfigError([`SERVICES_DIR: ${(error as Error).message}`]);
  }
}
