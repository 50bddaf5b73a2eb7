import { createHmac, createPrivateKey, createPublicKey, type JsonWebKey } from 'node:crypto';

/** What comes before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The private JWK with which a service authenticates to auth-service; the same for the same seed. */
export function clientKeyFrom(seed: string, service: string): string {
  const bytes = createHmac('sha256', seed).update(service).digest();
  const der = Buffer.concat([PKCS8_PREFIX, bytes]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return JSON.stringify({ ...key.export({ format: 'jwk' }), alg: 'EdDSA' });
}

/**
 * `SERVICE_CLIENTS` of auth-service: service name -> the JWK Set that checks what its key signed.
 *
 * @param clientKeys private JWKs by service name
 */
export function publicKeySets(clientKeys: ReadonlyMap<string, string>): string {
  const sets = [...clientKeys].map(([service, privateJwk]) => {
    const key = createPublicKey({ key: JSON.parse(privateJwk) as JsonWebKey, format: 'jwk' });
    return [service, { keys: [{ ...key.export({ format: 'jwk' }), alg: 'EdDSA' }] }];
  });
  return JSON.stringify(Object.fromEntries(sets));
}
