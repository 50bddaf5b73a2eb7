import { createHmac, createPrivateKey, createPublicKey, type JsonWebKey } from 'node:crypto';

/** What comes before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The private JWK with which a service shows auth-service who it is. */
export function clientKeyFrom(seed: string, service: string): string {
  const bytes = createHmac('sha256', seed).update(service).digest();
  const der = Buffer.concat([PKCS8_PREFIX, bytes]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return JSON.stringify({ ...key.export({ format: 'jwk' }), alg: 'EdDSA' });
}

/** The JWK Set that checks what a private JWK signed. */
export function publicKeySet(privateJwk: string) {
  const key = createPublicKey({ key: JSON.parse(privateJwk) as JsonWebKey, format: 'jwk' });
  return { keys: [{ ...key.export({ format: 'jwk' }), alg: 'EdDSA' }] };
}
