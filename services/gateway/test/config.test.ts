import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@latchkey/service-kit/process/config';
import { expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../src/config.ts';
import { RouteTable } from '../src/routing/route-table.ts';

/** A services directory with the gateway and one service that nobody knew before. */
function servicesDir(): string {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-services-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const service of [
    { name: 'gateway', port: 8080, role: 'gateway' },
    { name: 'pet-shop', port: 4711, routes: ['/pets', '/shop/pets'] },
  ]) {
    mkdirSync(join(directory, service.name));
    writeFileSync(join(directory, service.name, 'service.json'), JSON.stringify(service));
  }
  return directory;
}

test('a new service needs its service.json only', () => {
  const { services } = parseConfig({ SERVICES_DIR: servicesDir() });
  const routes = ['/pets', '/shop/pets'];
  expect(services).toEqual([{ name: 'pet-shop', routes, baseUrl: 'http://127.0.0.1:4711' }]);
});

test('a service is found where its variable says', () => {
  const env = { SERVICES_DIR: servicesDir(), PET_SHOP_URL: 'http://pet-shop:4711/' };
  expect(parseConfig(env).services[0]?.baseUrl).toBe('http://pet-shop:4711');
});

test('services are found by their names where that is set', () => {
  const baseUrlAt = (host: string) =>
    parseConfig({ SERVICES_DIR: servicesDir(), UPSTREAM_HOST: host }).services[0]?.baseUrl;
  expect(baseUrlAt('{name}')).toBe('http://pet-shop:4711');
  expect(baseUrlAt('{name}.apps.internal')).toBe('http://pet-shop.apps.internal:4711');
});

test('a service that runs elsewhere is found there, unless its variable says otherwise', () => {
  const SERVICES_DIR = servicesDir();
  const service = { name: 'pet-shop', url: 'https://pets.example', ready: '/health' };
  const file = join(SERVICES_DIR, 'pet-shop', 'service.json');
  writeFileSync(file, JSON.stringify({ ...service, routes: ['/pets'] }));
  const find = (env: Record<string, string>) => parseConfig({ SERVICES_DIR, ...env }).services[0];
  expect(find({})).toMatchObject({ baseUrl: service.url, ready: '/health' });
  expect(find({ PET_SHOP_URL: 'http://127.0.0.1:1' })?.baseUrl).toBe('http://127.0.0.1:1');
});

test('what clients share is bounded without being set', () => {
  const bounds = {
    maxConnections: 4_096,
    maxBufferBytes: 32 * 1024 ** 2,
    minimumRate: { graceMs: 5_000, bytesPerSecond: 1_024 },
    limits: { maxRequestsPerInstance: 1_024 },
  };
  expect(parseConfig({ SERVICES_DIR: servicesDir() })).toMatchObject(bounds);
});

test('metrics have no port unless one is given', () => {
  const SERVICES_DIR = servicesDir();
  expect(parseConfig({ SERVICES_DIR }).metrics).toBeUndefined();
  const metrics = parseConfig({ SERVICES_DIR, METRICS_PORT: '9100' }).metrics;
  expect(metrics).toEqual({ host: '127.0.0.1', port: 9100 });
});

test('the built app is where WEB_DIR says, and must be there', () => {
  const SERVICES_DIR = servicesDir();
  const WEB_DIR = mkdtempSync(join(tmpdir(), 'gateway-web-'));
  onTestFinished(() => rmSync(WEB_DIR, { recursive: true }));
  expect(() => parseConfig({ SERVICES_DIR, WEB_DIR })).toThrow(
    'WEB_DIR: must be a folder with index.html',
  );
  writeFileSync(join(WEB_DIR, 'index.html'), '');
  expect(parseConfig({ SERVICES_DIR, WEB_DIR }).webDir).toBe(WEB_DIR);
});

test('every problem is reported at once', () => {
  const env = {
    SERVICES_DIR: servicesDir(),
    PET_SHOP_URL: 'http://pet-shop:4711/base',
    TRUSTED_PROXIES: '10.0.0.0/8, proxy',
    CORS_ORIGINS: 'https://app.example, *',
    MAX_BODY_BYTES: 'many',
    MAX_BUFFER_BYTES: '0',
    MAX_CONNECTIONS: '0',
    CLIENT_GRACE_MS: '0',
    CLIENT_BYTES_PER_SECOND: '0',
    UPSTREAM_MAX_REQUESTS: '1',
  };
  let problems: readonly string[] = [];
  try {
    parseConfig(env);
  } catch (error) {
    problems = (error as ConfigError).problems;
  }
  expect(problems.map((text) => text.split(':')[0])).toEqual([
    'TRUSTED_PROXIES',
    'CORS_ORIGINS',
    'MAX_BODY_BYTES',
    'MAX_BUFFER_BYTES',
    'MAX_CONNECTIONS',
    'CLIENT_GRACE_MS',
    'CLIENT_BYTES_PER_SECOND',
    'UPSTREAM_MAX_REQUESTS',
    'PET_SHOP_URL',
  ]);
});

test.each<[string, string, readonly string[]]>([
  ['TRUSTED_PROXIES', '10.0.0.0/8, ::1,loopback', ['10.0.0.0/8', '::1', 'loopback']],
  [
    'CORS_ORIGINS',
    'https://a.example, http://localhost:5173',
    ['https://a.example', 'http://localhost:5173'],
  ],
])('%s takes %s', (name, text, values) => {
  const { trustedProxies, corsOrigins } = parseConfig({
    SERVICES_DIR: servicesDir(),
    [name]: text,
  });
  expect([...trustedProxies, ...corsOrigins]).toEqual(values);
});

test.each([
  ['TRUSTED_PROXIES', '10'],
  ['TRUSTED_PROXIES', '10.0.0.0/33'],
  ['TRUSTED_PROXIES', 'proxy.example'],
  ['CORS_ORIGINS', '*'],
  ['CORS_ORIGINS', 'null'],
  ['CORS_ORIGINS', 'https://a.example/'],
  ['CORS_ORIGINS', 'https://a.example,'],
  ['UPSTREAM_HOST', 'http://{name}'],
  ['UPSTREAM_HOST', '{name}/x'],
  ['KEEP_ALIVE_TIMEOUT_MS', '0'],
  ['MAX_WEBSOCKETS_PER_ADDRESS', '-1'],
])('%s does not take %s, in one line', (name, text) => {
  const parse = () => parseConfig({ SERVICES_DIR: servicesDir(), [name]: text });
  expect(parse).toThrow(new RegExp(`^${name}[^\n]*$`));
});

test('what a service asks of the gateway is read from its service.json', () => {
  const SERVICES_DIR = servicesDir();
  const asks = { cors: ['https://a.example'], idleTimeoutSeconds: 60, upgrade: true };
  const service = { name: 'pet-shop', port: 4711, routes: ['/pets'], headers: ['X-Auth-A'] };
  const file = join(SERVICES_DIR, 'pet-shop', 'service.json');
  writeFileSync(file, JSON.stringify({ ...service, ...asks }));
  const [read] = parseConfig({ SERVICES_DIR }).services;
  expect(read).toMatchObject({ ...asks, headers: ['x-auth-a'] });
});

test('a directory that is not there is one line', () => {
  const parse = () => parseConfig({ SERVICES_DIR: '/nowhere' });
  expect(parse).toThrow(ConfigError);
  expect(parse).toThrow(/^SERVICES_DIR: /);
});

test.each([
  ['/users/me', '/users/me'],
  ['/users/me/x', '/users/me'],
  ['/users/mexico', '/users'],
  ['/users', '/users'],
  ['/user', undefined],
])('%s goes to %s', (path, prefix) => {
  const table = new RouteTable([
    { routes: ['/users'], upstream: 1 },
    { routes: ['/users/me'], upstream: 2 },
  ]);
  expect(table.find(path)?.prefix).toBe(prefix);
});

/** With the issuer as one of the services. */
function withIssuer(): string {
  const directory = servicesDir();
  mkdirSync(join(directory, 'auth-service'));
  const issuer = { name: 'auth-service', port: 4001, role: 'issuer', routes: ['/token'] };
  const scopes = { 'account:read': 'Read your account' };
  writeFileSync(
    join(directory, 'auth-service/service.json'),
    JSON.stringify({ ...issuer, scopes }),
  );
  return directory;
}
const DATABASE_URL = 'postgresql://gateway:password@localhost:5432/gateway';
const CLIENT_KEY = JSON.stringify({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', x: 'x', d: 'd' });
const ISSUER = 'http://localhost:8080';

test('browser sessions need a database and a key, or neither', () => {
  const sessionsWith = (env: object) =>
    parseConfig({ SERVICES_DIR: withIssuer(), NODE_ENV: 'development', ISSUER, ...env }).sessions;
  expect(sessionsWith({})).toBeUndefined();
  expect(sessionsWith({ DATABASE_URL, CLIENT_KEY })).toMatchObject({
    issuer: ISSUER,
    authServiceUrl: 'http://127.0.0.1:4001',
    accountScope: 'account:read',
    hasIdTokens: true,
    idleSeconds: 1_209_600,
  });
  const problemsWith = (env: object) => {
    try {
      sessionsWith(env);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
    }
    return [];
  };
  expect(problemsWith({ DATABASE_URL })).toEqual(['CLIENT_KEY: must be set for browser sessions']);
  expect(problemsWith({ CLIENT_KEY, ISSUER: '' })).toEqual([
    'DATABASE_URL: must be set for browser sessions',
    'ISSUER: must be set for browser sessions',
  ]);
});

test('with a shared secret the gateway has no keys, and in the minimal profile no sessions', () => {
  const env = { SERVICES_DIR: withIssuer(), NODE_ENV: 'development', ISSUER, DATABASE_URL };
  const shared = parseConfig({ ...env, CLIENT_KEY, JWT_ALG: 'HS256' });
  expect([shared.tokens, shared.sessions?.hasIdTokens]).toEqual([undefined, false]);
  const minimal = { ...env, CLIENT_KEY, JWT_ALG: 'HS256', TOKEN_PROFILE: 'minimal' };
  expect(parseConfig(minimal).sessions).toBeUndefined();
});
