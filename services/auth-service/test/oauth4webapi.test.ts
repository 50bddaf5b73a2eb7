import type { CryptoKey } from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, ISSUER, PASSWORD, startAuthService } from './harness.ts';
import { addClients, SECRET, TOKEN_EXCHANGE } from './test-clients.ts';

let auth: AuthService;
let server: oauth.AuthorizationServer;
let privateKey: CryptoKey;
/** The issuer is the gateway's address; here its requests go straight to the service. */
const options = {
  [oauth.allowInsecureRequests]: true,
  [oauth.customFetch]: (url: string, init: RequestInit) =>
    fetch(url.replace(ISSUER, auth.url), init),
} as { [oauth.allowInsecureRequests]: true };

beforeAll(async () => {
  auth = await startAuthService();
  ({ privateKey } = await addClients(auth));
  const issuer = new URL(ISSUER);
  const response = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' });
  server = await oauth.processDiscoveryResponse(issuer, response);
});
afterAll(() => auth.stop());

const web: oauth.Client = { client_id: 'latchkey-web' };

async function login() {
  const request = await oauth.genericTokenEndpointRequest(
    server,
    web,
    oauth.None(),
    'password',
    { username: 'wangerge', password: PASSWORD, scope: 'openid todo:read tickets:read' },
    options,
  );
  return oauth.processGenericTokenEndpointResponse(server, web, request);
}

test('both metadata documents', async () => {
  const issuer = new URL(ISSUER);
  const response = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oidc' });
  const oidc = await oauth.processDiscoveryResponse(issuer, response);
  expect(oidc).toEqual(server);
});

test('password, the token checked after RFC 9068, userinfo', async () => {
  const { access_token, token_type, expires_in } = await login();
  expect([token_type, expires_in]).toEqual(['bearer', 1200]);
  const request = new Request(`${ISSUER}/todo`, {
    headers: { authorization: `Bearer ${access_token}` },
  });
  const claims = await oauth.validateJwtAccessToken(server, request, 'todo-service', options);
  expect(claims).toMatchObject({ sub: 'wangerge', client_id: 'latchkey-web' });
  const response = await oauth.userInfoRequest(server, web, access_token, options);
  const info = await oauth.processUserInfoResponse(server, web, 'wangerge', response);
  expect(info.preferred_username).toBe('wangerge');
});

test('refresh, revocation, and the error of a revoked token', async () => {
  const { refresh_token = '' } = await login();
  const refresh = (token: string) =>
    oauth.refreshTokenGrantRequest(server, web, oauth.None(), token, options);
  const next = await oauth.processRefreshTokenResponse(server, web, await refresh(refresh_token));
  const revoked = next.refresh_token ?? '';
  const response = await oauth.revocationRequest(server, web, oauth.None(), revoked, options);
  await oauth.processRevocationResponse(response);
  const refused = oauth.processRefreshTokenResponse(server, web, await refresh(revoked));
  await expect(refused).rejects.toMatchObject({ error: 'invalid_grant', status: 400 });
});

test.each([
  ['basic-client', oauth.ClientSecretBasic(SECRET)],
  ['post-client', oauth.ClientSecretPost(SECRET)],
])('client_credentials: %s', async (client_id, authentication) => {
  const client = { client_id };
  const response = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    authentication,
    { scope: 'todo:read' },
    options,
  );
  const answer = await oauth.processClientCredentialsResponse(server, client, response);
  expect(answer.scope).toBe('todo:read');
});

test('token exchange and introspection with private_key_jwt', async () => {
  const client = { client_id: 'support-service' };
  const authentication = oauth.PrivateKeyJwt({ key: privateKey, kid: 'one' });
  const { access_token } = await login();
  const response = await oauth.genericTokenEndpointRequest(
    server,
    client,
    authentication,
    TOKEN_EXCHANGE,
    {
      subject_token: access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'todo-service',
    },
    options,
  );
  const answer = await oauth.processGenericTokenEndpointResponse(server, client, response);
  expect(answer.scope).toBe('todo:read');
  const asked = await oauth.introspectionRequest(
    server,
    client,
    authentication,
    access_token,
    options,
  );
  const known = await oauth.processIntrospectionResponse(server, client, asked);
  expect(known).toMatchObject({ active: true, sub: 'wangerge' });
});

test('a wrong password is refused with a challenge', async () => {
  const response = await oauth.genericTokenEndpointRequest(
    server,
    web,
    oauth.None(),
    'password',
    { username: 'wangerge', password: 'wrong-password' },
    options,
  );
  const refused = oauth.processGenericTokenEndpointResponse(server, web, response);
  await expect(refused).rejects.toMatchObject({ status: 401 });
});
