import { expect, test } from 'vitest';
import { parseConfig } from '../src/config.ts';
import { KEY_ENCRYPTION_KEY } from './harness.ts';

const good = {
  NODE_ENV: 'production',
  ISSUER: 'https://login.example.com',
  DATABASE_URL: 'postgresql://auth:secret@localhost:5432/auth',
  KEY_ENCRYPTION_KEY,
};
const SECRET = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const PUBLISHED = 'eec7f9b96330e64eaac29ad7c95154cff3addaea90239c262b3f9287e678f6d3';

test('a good configuration and its defaults', () => {
  const { grants, keys, trustedProxies } = parseConfig(good);
  expect(grants).toEqual({
    profile: 'standard',
    passwordGrant: true,
    browserLoginSeconds: 1_209_600,
    accessTokenSeconds: 1_200,
    refreshTokenSeconds: 1_209_600,
    refreshRetrySeconds: 900,
    sessionSeconds: 7_776_000,
  });
  expect(keys?.policy).toMatchObject({ algorithm: 'ES256', publishAheadMs: 3_600_000 });
  expect(trustedProxies).toBeUndefined();
});

const { KEY_ENCRYPTION_KEY: _, ...withoutKey } = good;
const shared = { ...withoutKey, JWT_ALG: 'HS256', JWT_SECRET: SECRET };

test('metadata documents of clients: on, off, and the hosts that may be internal', () => {
  const of = (env: object) => parseConfig({ ...good, ...env }).clientDocuments;
  expect(of({})).toEqual({ internalHosts: [] });
  expect(of({ CLIENT_ID_METADATA: 'off' })).toBeUndefined();
  const hosts = 'agents.internal, 10.0.0.7  [fd00::1]';
  expect(of({ CLIENT_ID_METADATA_INTERNAL_HOSTS: hosts })).toEqual({
    internalHosts: ['agents.internal', '10.0.0.7', '[fd00::1]'],
  });
});

test('a shared secret needs no key-encryption key', () => {
  expect(parseConfig({ ...shared, TOKEN_PROFILE: 'minimal' }).grants.profile).toBe('minimal');
});

test.each([
  ['no key-encryption key', withoutKey, 'KEY_ENCRYPTION_KEY: must be set'],
  ['a short one', { ...good, KEY_ENCRYPTION_KEY: 'abc' }, 'KEY_ENCRYPTION_KEY: must be 64 hex'],
  ['no database', { ...good, DATABASE_URL: '' }, 'DATABASE_URL: must be set'],
  ['plain http', { ...good, ISSUER: 'http://login.example.com' }, 'ISSUER: must be an https'],
  ['HS256 without a secret', { ...withoutKey, JWT_ALG: 'HS256' }, 'JWT_SECRET: must be set'],
  ['a short secret', { ...shared, JWT_SECRET: 'secret' }, 'JWT_SECRET: JWT_SECRET needs 32 bytes'],
  ["the tutorial's secret", { ...shared, JWT_SECRET: PUBLISHED }, 'a published sample'],
  ['minimal with keys', { ...good, TOKEN_PROFILE: 'minimal' }, 'TOKEN_PROFILE: minimal needs'],
  [
    'an internal host with a port',
    { ...good, CLIENT_ID_METADATA_INTERNAL_HOSTS: 'agents.internal, other.internal:8443' },
    'CLIENT_ID_METADATA_INTERNAL_HOSTS: must be host names',
  ],
  ['keys that sign unannounced', { ...good, KEY_PUBLISH_AHEAD_SECONDS: '60' }, 'at least 900'],
  [
    'a rotation faster than its announcement',
    { ...good, KEY_ROTATION_SECONDS: '3600' },
    'KEY_ROTATION_SECONDS: must be longer',
  ],
])('refused in one line: %s', (_name, env, line) => {
  let message = '';
  try {
    parseConfig(env);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toContain(line);
  expect(message).not.toContain('\n');
  expect(message).not.toContain(PUBLISHED);
});
