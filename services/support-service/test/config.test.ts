import { ConfigError } from '@latchkey/service-kit/process/config';
import { expect, test } from 'vitest';
import { parseConfig } from '../src/config.ts';

const env = {
  ISSUER: 'https://login.example.com/',
  DATABASE_URL: 'postgresql://support:secret@localhost:5432/support',
  TODO_SERVICE_URL: 'http://localhost:4002/',
};

test('what is needed, and the defaults', () => {
  expect(parseConfig(env)).toMatchObject({
    service: { port: 4003, production: true },
    tokens: { issuer: 'https://login.example.com', mode: 'public-keys' },
    todoService: { baseUrl: 'http://localhost:4002', timeoutMs: 2_000 },
  });
});

test('every problem at once, each naming its variable', () => {
  const problemsOf = (values: Record<string, string>) => {
    try {
      parseConfig(values);
    } catch (error) {
      return (error as ConfigError).problems;
    }
    return [];
  };
  expect(problemsOf({}).map((line) => line.split(':')[0])).toEqual([
    'ISSUER',
    'DATABASE_URL',
    'TODO_SERVICE_URL',
  ]);
  const wrong = { ...env, TODO_SERVICE_URL: 'localhost:4002', TODO_SERVICE_TIMEOUT_MS: '5' };
  expect(problemsOf(wrong)).toEqual([
    expect.stringMatching(/^TODO_SERVICE_URL: must be/),
    expect.stringMatching(/^TODO_SERVICE_TIMEOUT_MS: must be/),
  ]);
  expect(() => parseConfig({})).toThrow(ConfigError);
});
