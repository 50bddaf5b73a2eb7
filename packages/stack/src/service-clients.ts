import { createHmac, createPrivateKey, createPublicKey } from 'node:crypto';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import type { Secrets } from './secrets.ts';

/** What comes before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Each service has its own key, the same at every start. */
function keyOf({ name }: ServiceJson, { clientKeySeed }: Secrets) {
  const bytes = createHmac('sha256', clientKeySeed).update(name).digest();
  return createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, bytes]),
    format: 'der',
    type: 'pkcs8',
  });
}

/** The private JWK with which a service shows auth-service who it is. */
export const clientKeyOf = (service: ServiceJson, secrets: Secrets): string =>
  JSON.stringify({ ...keyOf(service, secrets).export({ format: 'jwk' }), alg: 'EdDSA' });

/** Service name -> the JWK Set that auth-service checks it with. */
export function clientKeySets(services: readonly ServiceJson[], secrets: Secrets): string {
  const sets = services
    .filter(({ client }) => client)
    .map((service) => {
      const jwk = createPublicKey(keyOf(service, secrets)).export({ format: 'jwk' });
      return [service.name, { keys: [{ ...jwk, alg: 'EdDSA' }] }];
    });
  return JSON.stringify(Object.fromEntries(sets));
}
