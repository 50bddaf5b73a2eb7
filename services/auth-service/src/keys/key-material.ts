import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';

export type KeyAlgorithm = 'ES256' | 'RS256' | 'EdDSA';

const RSA_BITS = 2_048;
const makePair = promisify(generateKeyPair) as unknown as (
  type: string,
  options: object,
) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;

const PAIR_OPTIONS = {
  ES256: ['ec', { namedCurve: 'P-256' }],
  RS256: ['rsa', { modulusLength: RSA_BITS }],
  EdDSA: ['ed25519', {}],
} as const;

export interface NewKey {
  /** The `kid`: the RFC 7638 thumbprint, so that two keys never share one. */
  id: string;
  algorithm: KeyAlgorithm;
  publicJwk: JWK;
  privateKey: KeyObject;
}

export async function generateKey(algorithm: KeyAlgorithm): Promise<NewKey> {
  const [type, options] = PAIR_OPTIONS[algorithm];
  const { publicKey, privateKey } = await makePair(type, options);
  const jwk = await exportJWK(publicKey);
  const id = await calculateJwkThumbprint(jwk);
  return { id, algorithm, publicJwk: { ...jwk, kid: id, alg: algorithm, use: 'sig' }, privateKey };
}

export const exportPrivateKey = (key: KeyObject): Buffer =>
  key.export({ type: 'pkcs8', format: 'der' });

export const importPrivateKey = (der: Buffer): KeyObject =>
  createPrivateKey({ key: der, type: 'pkcs8', format: 'der' });
