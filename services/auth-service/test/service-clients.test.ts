import { createVerifier, TokenError } from '@latchkey/jwt-verify';
import { createServiceClient } from '@latchkey/service-kit/calling/service-client';
import { createTokenExchange, ExchangeRefused } from '@latchkey/service-kit/calling/token-exchange';
import { contextFrom } from '@latchkey/service-kit/http/request-context';
import { exportJWK, generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import { type AuthService, ISSUER, startAuthService } from './harness.ts';

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
