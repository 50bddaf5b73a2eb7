import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, type Env } from '../src/process/config.ts';
import { parseServiceConfig } from '../src/starting/service-config.ts';

const service = {
  name: 'todo-service',
  port: 4002,
  routes: [],
  scopes: {},
  roles: {},
  database: 'todo',
};
const calls = [{ service: 'pay-service', scope: 'pay:read' }];
const parseConfig = (env: Env) => parseServiceConfig(service, [], {}, env).config;
const parseCalling = (env: Env) => parseServiceConfig(service, calls, {}, env).config;

const production = {
  ISSUER: 'https://login.example.com',
  DATABASE_URL: 'postgresql://todo:secret@db.example.com/todo',
};

function problemsOf(env: Record<string, string>, parse = parseConfig): readonly string[] {
  try {
    parse(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('parseServiceConfig', () => {
  it('needs two variables of a service with a database, and is safe by default', () => {
    const config = parseConfig(production);
    expect(config.service).toMatchObject({ production: true, host: '127.0.0.1', port: 4002 });
    expect(config.tokens).toEqual({
      issuer: 'https://login.example.com',
      revocation: { url: 'https://login.example.com/status-lists', allowInsecureHttp: false },
      mode: 'public-keys',
      jwksUri: undefined,
      insecureHttp: false,
    });
  });

  it('reports every problem at once, each naming its variable', () => {
    const problems = problemsOf({ PORT: 'x', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://x' });
    const named = problems.map((problem) => problem.split(':')[0]);
    expect(named.toSorted()).toEqual(['DATABASE_URL', 'ISSUER', 'LOG_LEVEL', 'PORT']);
    expect(problems.join()).not.toContain('mysql');
  });

  it.each([
    ['an http issuer in production', { ISSUER: 'http://login.example.com' }, /^ISSUER: .*https/],
    ['HS256 without a secret', { JWT_ALG: 'HS256' }, /^JWT_SECRET: must be set/],
    ['a secret without HS256', { JWT_SECRET: 'x'.repeat(64) }, /^JWT_SECRET: unset it/],
    ['minimal without HS256', { TOKEN_PROFILE: 'minimal' }, /^TOKEN_PROFILE: .*HS256/],
    ['none', { JWT_ALG: 'none' }, /^JWT_ALG/],
    ['a value and a file', { DATABASE_URL_FILE: '/x' }, /^DATABASE_URL: set either/],
    ['a file that is not there', { JWT_SECRET_FILE: '/no' }, /^JWT_SECRET_FILE: cannot read/],
    [
      'a renamed setting',
      { KEY_SET_URL: 'https://x.example' },
      /^KEY_SET_URL: .*set JWKS_URI instead$/,
    ],
    [
      'a renamed setting from a file',
      { KEY_SET_INSECURE_HTTP_FILE: import.meta.filename },
      /^KEY_SET_INSECURE_HTTP: .*set JWKS_INSECURE_HTTP instead$/,
    ],
  ])('refuses %s in one line', (_what, env, line) => {
    expect(problemsOf({ ...production, ...env })).toEqual([expect.stringMatching(line)]);
  });

  it('needs no database where service.json names none', () => {
    const env = { ISSUER: production.ISSUER };
    const { config } = parseServiceConfig({ ...service, database: undefined }, [], {}, env);
    expect(config.databaseUrl).toBeUndefined();
  });

  it('needs the address of each service that it calls', () => {
    expect(problemsOf(production, parseCalling)).toEqual([
      'PAY_SERVICE_URL: must be set to where pay-service listens, e.g. http://localhost:4002',
    ]);
    const called = { ...production, PAY_SERVICE_URL: 'http://localhost:4009/' };
    expect(parseCalling(called).upstreams).toEqual({
      'pay-service': { baseUrl: 'http://localhost:4009', timeoutMs: 2_000 },
    });
    const wrong = { ...called, PAY_SERVICE_URL: 'localhost', PAY_SERVICE_TIMEOUT_MS: '5' };
    expect(problemsOf(wrong, parseCalling)).toEqual([
      expect.stringMatching(/^PAY_SERVICE_URL: must be/),
      expect.stringMatching(/^PAY_SERVICE_TIMEOUT_MS: must be/),
    ]);
  });

  it('exchanges tokens where it has a client key, except minimal ones', () => {
    const key = { kty: 'EC', alg: 'ES256', d: 'x' };
    const keyed = { ...production, CLIENT_KEY: JSON.stringify(key) };
    expect(problemsOf(keyed)).toEqual(['AUTH_SERVICE_URL: must be set where CLIENT_KEY is']);
    const whole = { ...keyed, AUTH_SERVICE_URL: 'http://localhost:4001' };
    expect(parseConfig(whole).exchange).toEqual({
      authServiceUrl: 'http://localhost:4001',
      clientKey: key,
    });
    const shared = { ...whole, JWT_ALG: 'HS256', JWT_SECRET: 'x'.repeat(64) };
    expect(parseConfig(shared).exchange).toBeDefined();
    expect(parseConfig({ ...shared, TOKEN_PROFILE: 'minimal' }).exchange).toBeUndefined();
  });

  it('reads what a service adds, and reports its problems with the others', () => {
    const own = { CURRENCY: z.enum(['EUR', 'USD']).default('EUR') };
    expect(parseServiceConfig(service, [], own, production).settings.CURRENCY).toBe('EUR');
    const parse = (env: Env) => parseServiceConfig(service, [], own, env).config;
    const named = problemsOf({ CURRENCY: 'GBP' }, parse).map((line) => line.split(':')[0]);
    expect(named.toSorted()).toEqual(['CURRENCY', 'DATABASE_URL', 'ISSUER']);
  });
});
