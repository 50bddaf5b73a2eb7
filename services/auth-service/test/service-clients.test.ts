import { createVerifier, TokenError } from '@latchkey/jwt-verify';
import { createServiceClient } from '@latchkey/service-kit/calling/service-client';
import { createTokenExchange, ExchangeRefused } from '@latchkey/service-kit/calling/token-exchange';
import { contextFrom } from '@latchkey/service-kit/http/request-context';
import { exportJWK, generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import {
  type AuthService,
  createDatabase,
  ISSUER,
  PASSWORD,
  startAuthService,
  startInstance,
} from './harness.ts';

const context = contextFrom({});

async function serviceKey() {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  const alg = 'EdDSA';
  const clientKey = { ...(await exportJWK(privateKey)), alg } as {
    kty: string;
    d: string;
    alg: string;
  };
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg }] };
  return { clientKey, SERVICE_CLIENTS: JSON.stringify({ 'support-service': jwks }) };
}

const loggedIn = async (auth: AuthService, audience: string) => {
  const { access_token: token } = (await auth.login('wangerge')).body;
  const keys = { url: `${auth.url}/.well-known/jwks.json` };
  const verifier = createVerifier({ issuer: ISSUER, audience, algorithms: ['ES256'], keys });
  const verified = await verifier.verify(token);
  return { verifier, verified, token };
};

test('a service exchanges with the key that the environment gave it, and keeps the answer', async () => {
  const { clientKey, SERVICE_CLIENTS } = await serviceKey();
  const auth = await startAuthService({ env: { SERVICE_CLIENTS } });
  const authService = createServiceClient({ service: 'auth-service', baseUrl: auth.url });
  const target = { authService, issuer: ISSUER, clientId: 'support-service', clientKey };
  const read = { audience: 'todo-service', scope: 'todo:read' };
  const exchange = createTokenExchange({ ...target, ...read });
  const { verifier, verified, token } = await loggedIn(auth, 'support-service');
  const exchanged = await exchange(verified, context);
  expect(() => verifier.verifySync(exchanged)).toThrow(TokenError);
  expect(await exchange(verifier.verifySync(token), context)).toBe(exchanged);
  const tooMuch = createTokenExchange({ ...target, ...read, scope: 'todo:write' });
  await expect(tooMuch(verified, context)).rejects.toThrow(ExchangeRefused);
  const { clientKey: strange } = await serviceKey();
  const stranger = createTokenExchange({ ...target, ...read, clientKey: strange });
  await expect(stranger(verified, context)).rejects.toThrow('auth-service: invalid');
  verifier.close();
  authService.close();
  await auth.stop();
});

test("the gateway's /docs is a client without a secret, which nobody changes", async () => {
  const auth = await startAuthService();
  const token = await auth.adminToken();
  const { body } = await auth.request('GET /admin/clients/latchkey-docs', { token });
  expect(body).toMatchObject({
    authentication: 'none',
    grant_types: ['authorization_code', 'password'],
    redirect_uris: [`${ISSUER}/docs/oauth2-redirect.html`],
    firstParty: true,
  });
  const disabled = { token, json: { disabled: true } };
  const refused = await auth.request('PATCH /admin/clients/latchkey-docs', disabled);
  expect(refused.body.code).toBe('client_is_built_in');
  const form = { grant_type: 'password', client_id: 'latchkey-docs' };
  const login = { ...form, username: 'wangerge', password: PASSWORD };
  expect((await auth.request('POST /token', { form: login })).status).toBe(200);
  const json = { username: 'Iatchkey-docs', password: PASSWORD };
  expect((await auth.request('POST /register', { json })).body.code).toBe('username_taken');
  await auth.stop();
});

test.each<[string, (auth: AuthService) => Promise<unknown>]>([
  [
    'a person',
    async ({ db }) => {
      await db.client.delete({ where: { id: 'latchkey-docs' } });
      await db.programName.delete({ where: { name: 'latchkey-docs' } });
      await db.user.create({ data: { username: 'latchkey-docs', skeleton: 'latchkey-docs' } });
    },
  ],
  [
    "an administrator's client",
    ({ db }) =>
      db.client.update({
        where: { id: 'latchkey-docs' },
        data: { audience: null, redirectUris: [], firstParty: false },
      }),
  ],
])('%s who had the name of /docs keeps it, and all else starts', async (_name, have) => {
  const scratch = await createDatabase();
  const before = await startInstance(scratch.url);
  await have(before as AuthService);
  await before.stop();
  const after = await startInstance(scratch.url);
  const client = await after.db.client.findUnique({ where: { id: 'latchkey-docs' } });
  expect(client?.redirectUris ?? []).toEqual([]);
  await after.stop();
  await scratch.drop();
});
