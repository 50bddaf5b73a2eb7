import { ConfigError } from '@latchkey/service-kit/process/config';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config.ts';

const production = {
  ISSUER: 'https://login.example.com',
  DATABASE_URL: 'postgresql://todo:secret@db.example.com/todo',
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('parseConfig', () => {
  it('needs two variables, and is safe by default', () => {
    const config = parseConfig(production);
    expect(config.service).toMatchObject({ production: true, host: '127.0.0.1', port: 4002 });
    expect(config.tokens).toEqual({
      issuer: 'https://login.example.com',
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
});
