import { hashOf } from '@latchkey/service-kit/http/secrets';
import { exportJWK, generateKeyPair } from 'jose';
import type { Instance } from './harness.ts';

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const SECRET = 'a secret: with + and % in it';

/** One client of each kind: an app of others, two service accounts and support-service. */
export async function addClients({ store }: Pick<Instance, 'store'>) {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const nothing = {
    secretHash: null,
    jwks: undefined,
    redirectUris: [],
    firstParty: false,
    audience: null,
  };
  const withSecret = { ...nothing, secretHash: hashOf(SECRET) };
  const reads = { scopes: ['todo:read', 'account:read'], grantTypes: ['client_credentials'] };
  await store.clients.create({
    ...nothing,
    id: 'foreign-app',
    name: 'An app of others',
    authentication: 'none',
    grantTypes: ['password', 'refresh_token', 'client_credentials', TOKEN_EXCHANGE],
    scopes: ['todo:read'],
  });
  const basic = {
    id: 'basic-client',
    name: 'Basic',
    authentication: 'client_secret_basic',
  } as const;
  await store.clients.create({ ...withSecret, ...reads, ...basic });
  const post = { id: 'post-client', name: 'Post', authentication: 'client_secret_post' } as const;
  await store.clients.create({ ...withSecret, ...reads, ...post });
  await store.clients.create({
    ...nothing,
    id: 'support-service',
    name: 'support-service',
    authentication: 'private_key_jwt',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] },
    grantTypes: [TOKEN_EXCHANGE],
    scopes: ['todo:read'],
    audience: 'support-service',
  });
  return { privateKey };
}
