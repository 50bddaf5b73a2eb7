import * as oidc from 'openid-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, ISSUER, startAuthService } from './harness.ts';
import { addHostedClients, CALLBACK, OTHER_CALLBACK, openBrowser } from './hosted-browser.ts';

let auth: AuthService;
const direct: oidc.CustomFetch = (url, init) =>
  fetch(url.replace(ISSUER, auth.url), init as RequestInit);

beforeAll(async () => {
  auth = await startAuthService();
  await addHostedClients(auth);
});
afterAll(() => auth.stop());

const discover = (clientId: string) =>
  oidc.discovery(new URL(ISSUER), clientId, undefined, oidc.None(), {
    execute: [oidc.allowInsecureRequests],
    [oidc.customFetch]: direct,
  });

/** A request with all that can be checked in the answer. */
async function newRequest() {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const expectedNonce = oidc.randomNonce();
  const parameters = {
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
  };
  return { parameters, checks: { pkceCodeVerifier, expectedState, expectedNonce } };
}

test('sign-in, tokens, userinfo, refresh, logout, with all checks', async () => {
  const config = await discover('our-app');
  const { parameters, checks } = await newRequest();
  const scope = 'openid profile todo:read account:read';
  const url = oidc.buildAuthorizationUrl(config, {
    ...parameters,
    redirect_uri: CALLBACK,
    scope,
    max_age: '60',
  });
  const browser = openBrowser(auth);
  const { location = '' } = await browser.signIn(await browser.open(url.href));
  const tokens = await oidc.authorizationCodeGrant(config, new URL(location), {
    ...checks,
    maxAge: 60,
    idTokenExpected: true,
  });
  expect(tokens.scope?.split(' ').sort()).toEqual(scope.split(' ').sort());
  const claims = tokens.claims();
  expect(claims).toMatchObject({ sub: 'wangerge', aud: 'our-app', amr: ['pwd'] });
  const info = await oidc.fetchUserInfo(config, tokens.access_token, 'wangerge');
  expect(info).toEqual({ sub: 'wangerge', preferred_username: 'wangerge' });

  const next = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
  expect(next.access_token).not.toBe(tokens.access_token);

  const end = oidc.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token ?? '',
    post_logout_redirect_uri: 'https://app.example/bye',
    state: 'bye',
  });
  const done = await browser.open(end.href);
  expect(done.location).toBe('https://app.example/bye?state=bye');
  await expect(oidc.refreshTokenGrant(config, next.refresh_token ?? '')).rejects.toMatchObject({
    error: 'invalid_grant',
  });
});

test('a pushed request of a client of others: consent, and no refresh token unasked', async () => {
  const config = await discover('their-app');
  const { parameters, checks } = await newRequest();
  const url = await oidc.buildAuthorizationUrlWithPAR(config, {
    ...parameters,
    redirect_uri: OTHER_CALLBACK,
    scope: 'openid todo:read',
  });
  expect(url.search).not.toContain('nonce');
  const browser = openBrowser(auth);
  const consent = await browser.signIn(await browser.open(url.href));
  expect(consent.text).toContain('Read your todos');
  const { location = '' } = await browser.submit(consent, { decision: 'allow' });
  const tokens = await oidc.authorizationCodeGrant(config, new URL(location), checks);
  expect([tokens.scope, tokens.refresh_token]).toEqual(['openid todo:read', undefined]);
});

test('an answer of another issuer, state or nonce is not taken', async () => {
  const config = await discover('our-app');
  const browser = openBrowser(auth);
  const answered = async () => {
    const { parameters, checks } = await newRequest();
    const url = oidc.buildAuthorizationUrl(config, {
      ...parameters,
      redirect_uri: CALLBACK,
      scope: 'openid todo:read',
    });
    const page = await browser.open(url.href);
    const { location = '' } = page.location ? page : await browser.signIn(page);
    return { url: new URL(location), checks };
  };
  const one = await answered();
  one.url.searchParams.set('iss', 'https://elsewhere.example');
  await expect(oidc.authorizationCodeGrant(config, one.url, one.checks)).rejects.toMatchObject({
    code: 'OAUTH_INVALID_RESPONSE',
  });
  const two = await answered();
  const checks = { ...two.checks, expectedNonce: 'another' };
  await expect(oidc.authorizationCodeGrant(config, two.url, checks)).rejects.toMatchObject({
    code: 'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  });
});
