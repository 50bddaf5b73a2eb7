import {
  constants,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
} from 'node:crypto';
import type { Algorithm } from '../src/index.ts';

export const NOW_SECONDS = 1_800_000_000;
export const now = (): number => NOW_SECONDS * 1000;
export const ISSUER = 'https://login.example.com';
export const AUDIENCE = 'todo-service';
export const SECRET = '7d0f2b6a915c4e83b7a1f06d2c98e5341b6f0a9d8e27c35f4a1b9c0d6e8f7a23';

export const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export interface SigningKey {
  readonly algorithm: Algorithm;
  readonly kid: string;
  readonly privateKey: KeyObject | string;
  readonly jwk: Record<string, unknown>;
}

const PAIRS = {
  RS: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  Ed: () => generateKeyPairSync('ed25519'),
} as const;

export const signingKey = (algorithm: Algorithm, kid = `key-${algorithm}`): SigningKey => {
  if (algorithm.startsWith('HS')) {
    const secret = `${SECRET}-and-64-bytes-for-HS512`;
    return { algorithm, kid, privateKey: secret, jwk: {} };
  }
  const make =
    PAIRS[algorithm as keyof typeof PAIRS] ?? PAIRS[algorithm.slice(0, 2) as 'RS' | 'PS' | 'Ed'];
  const { privateKey, publicKey } = make();
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
  return { algorithm, kid, privateKey, jwk };
};

export const signatureOf = (key: SigningKey, input: string): Buffer => {
  const hash = `sha${key.algorithm.slice(2)}`;
  if (typeof key.privateKey === 'string') {
    return createHmac(hash, key.privateKey).update(input).digest();
  }
  const bytes = Buffer.from(input);
  if (key.algorithm.startsWith('Ed')) return signBytes(null, bytes, key.privateKey);
  if (key.algorithm.startsWith('ES')) {
    return signBytes(hash, bytes, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  }
  if (key.algorithm.startsWith('PS')) {
    const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    return signBytes(hash, bytes, { key: key.privateKey, padding, saltLength });
  }
  return signBytes(hash, bytes, key.privateKey);
};

export const claimsOf = (overrides: Record<string, unknown> = {}): Record<string, unknown> => ({
  iss: ISSUER,
  aud: [AUDIENCE],
  sub: 'wangerge',
  client_id: 'web',
  jti: 'j-1',
  iat: NOW_SECONDS,
  exp: NOW_SECONDS + 1200,
  scope: 'todo:read todo:write',
  roles: ['user'],
  ...overrides,
});

export const headerOf = (key: SigningKey, overrides: Record<string, unknown> = {}) => ({
  alg: key.algorithm,
  typ: 'at+jwt',
  kid: key.kid,
  ...overrides,
});

/** Sign any header and payload: objects, or the exact text of a segment's content. */
export const mint = (
  key: SigningKey,
  claims: unknown = claimsOf(),
  header: unknown = headerOf(key),
): string => {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signatureOf(key, input).toString('base64url')}`;
};

export const segmentsOf = (token: string): [string, string, string] =>
  token.split('.') as [string, string, string];
