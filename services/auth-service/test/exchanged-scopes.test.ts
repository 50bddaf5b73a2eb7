import { hashOf } from '@latchkey/service-kit/http/secrets';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { type AuthService, ISSUER, startAuthService } from './harness.ts';
import { billing as joiner, servicesOnDisk } from './services-on-disk.ts';
import { SECRET, TOKEN_EXCHANGE } from './test-clients.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] };

/** Reads todos for who may read tickets; writes them for no one. */
const support = {
  client: {
    scopes: ['todo:read', 'todo:write'],
    exchanges: { 'tickets:read': ['todo:read'] },
  },
};
/** May ask for the same, and has no scope that stands for it. */
const billing = { ...joiner, client: { scopes: ['todo:read'] } };

async function start(): Promise<AuthService> {
  const services = { 'support-service': support, 'billing-service': billing };
  const SERVICE_CLIENTS = JSON.stringify({ 'support-service': jwks, 'billing-service': jwks });
  const env = { SERVICES_DIR: servicesOnDisk(services), SERVICE_CLIENTS };
  const auth = await startAuthService({ env });
  onTestFinished(() => auth.stop());
  return auth;
}

const login = async (auth: AuthService, scope: string, resource?: string) =>
  String(
    (await auth.login('wangerge', { scope, ...(resource && { resource }) })).body.access_token,
  );

const exchange = async (
  auth: AuthService,
  subject_token: string,
  scope: string,
  service = 'support-service',
) => {
  const assertion = await new SignJWT({ jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer(service)
    .setSubject(service)
    .setAudience(ISSUER)
    .setIssuedAt()
    .setExpirationTime('60s')
    .sign(privateKey);
  const client = { client_assertion_type: JWT_BEARER, client_assertion: assertion };
  const token = { subject_token, subject_token_type: ACCESS_TOKEN };
  const form = { grant_type: TOKEN_EXCHANGE, audience: 'todo-service', scope, ...token, ...client };
  return (await auth.request('POST /token', { form })).body;
};

const tickets = `${ISSUER}/tickets`;

test('a token for one service gives what its scope stands for, and nothing else', async () => {
  const auth = await start();
  const reading = await login(auth, 'tickets:read', tickets);
  expect(decodeJwt(reading)).toMatchObject({ aud: ['support-service'], scope: 'tickets:read' });
  const { access_token, scope } = await exchange(auth, reading, 'todo:read');
  expect(scope).toBe('todo:read');
  const actor = { sub: 'support-service' };
  const exchanged = { aud: ['todo-service'], sub: 'wangerge', act: actor };
  expect(decodeJwt(access_token)).toMatchObject(exchanged);
  expect((await exchange(auth, reading, 'todo:write')).error).toBe('invalid_scope');
  const writing = await login(auth, 'tickets:write', tickets);
  expect((await exchange(auth, writing, 'todo:read')).error).toBe('invalid_scope');
});

test('it stands for nothing at another service that the token is for', async () => {
  const auth = await start();
  const token = await login(auth, 'tickets:read invoices:read');
  expect((await exchange(auth, token, 'todo:read')).scope).toBe('todo:read');
  const elsewhere = await exchange(auth, token, 'todo:read', 'billing-service');
  expect(elsewhere.error).toBe('invalid_scope');
});

test('the client of the login needs the scope that stands for others, and not those', async () => {
  const auth = await start();
  const assistant = {
    id: 'assistant',
    name: 'An assistant',
    authentication: 'client_secret_post' as const,
    secretHash: hashOf(SECRET),
    jwks: undefined,
    grantTypes: ['password'],
    redirectUris: [],
    scopes: ['tickets:read'],
    firstParty: true,
    audience: null,
  };
  await auth.store.clients.create(assistant);
  const client = { client_id: 'assistant', client_secret: SECRET };
  const { access_token } = (await auth.login('wangerge', client)).body;
  expect((await exchange(auth, access_token, 'todo:read')).scope).toBe('todo:read');
  await auth.db.client.update({ where: { id: 'assistant' }, data: { scopes: ['tickets:write'] } });
  expect((await exchange(auth, access_token, 'todo:read')).error).toBe('invalid_scope');
});
