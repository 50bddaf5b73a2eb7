import {
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  sign,
} from 'node:crypto';

export const ALGORITHMS = ['ES256', 'RS256', 'EdDSA'] as const;
export type PublicKeyAlgorithm = (typeof ALGORITHMS)[number];

/** What signs tokens: a key pair of the issuer, or a shared secret. */
export interface SigningKey {
  readonly algorithm: PublicKeyAlgorithm | 'HS256';
  readonly kid: string;
  readonly sign: (input: string) => Buffer;
  /** The public half, as in the key set; empty for a shared secret. */
  readonly jwk: Readonly<Record<string, unknown>>;
  /** The public half in PEM; empty for a shared secret. */
  readonly publicPem: string;
}

export const createKeyPair = (algorithm: PublicKeyAlgorithm): SigningKey => {
  const { privateKey, publicKey } = pairOf(algorithm);
  const kid = randomUUID();
  const hash = algorithm === 'EdDSA' ? null : 'sha256';
  return {
    algorithm,
    kid,
    sign: (input) => sign(hash, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' },
    publicPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  };
};

const pairOf = (
  algorithm: PublicKeyAlgorithm,
): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } => {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
};

/** The key is the UTF-8 bytes of the text. */
export const secretKey = (secret: string): SigningKey => ({
  algorithm: 'HS256',
  kid: 'shared',
  sign: (input) => createHmac('sha256', secret).update(input).digest(),
  jwk: {},
  publicPem: '',
});

export const createSecret = (): string => randomBytes(32).toString('hex');
