import { hashOf } from '@latchkey/service-kit/http/secrets';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewClient } from '../src/clients/client-repository.ts';
import { type AuthService, startAuthService, testClock } from './harness.ts';
import {
  addHostedClients,
  answerOf,
  authorizeUrl,
  CALLBACK,
  newPkce,
  openBrowser,
} from './hosted-browser.ts';
import { addClients, SECRET, TOKEN_EXCHANGE } from './test-clients.ts';

let auth: AuthService;
const clock = testClock(Math.floor(Date.now() / 1000) * 1000);
const EXCHANGING: NewClient = {
  id: 'support-by-secret',
  name: 'Support',
  authentication: 'client_secret_post',
  secretHash: hashOf(SECRET),
  jwks: undefined,
  redirectUris: [],
  firstParty: false,
  grantTypes: [TOKEN_EXCHANGE],
  scopes: ['todo:read'],
  audience: 'support-service',
};

beforeAll(async () => {
  auth = await startAuthService({ now: clock.now });
  await addHostedClients(auth);
  await addClients(auth);
  await auth.store.clients.create(EXCHANGING);
});
afterAll(() => auth.stop());

const seconds = () => Math.floor(clock.now() / 1000);
const signInOf = (token: string) => {
  const { auth_time, acr, amr } = decodeJwt(token);
  return { auth_time, acr, amr };
};
const NOTHING = { auth_time: undefined, acr: undefined, amr: undefined };

/** As the second-factor page leaves a browser login. */
const strengthen = (username: string) =>
  auth.db.browserLogin.updateMany({
    where: { user: { username }, endedAt: null },
    data: { amr: ['pwd', 'otp', 'mfa'], authTime: new Date(clock.now()) },
  });

async function tokensByCode(browser: ReturnType<typeof openBrowser>, given = {}) {
  const { verifier, challenge } = newPkce();
  const page = await browser.open(authorizeUrl({ code_challenge: challenge, ...given }));
  const { code = '' } = answerOf(page.location ? page : await browser.signIn(page, 'admin'));
  const form = { grant_type: 'authorization_code', client_id: 'our-app', code };
  const exchange = { ...form, code_verifier: verifier, redirect_uri: CALLBACK };
  return (await auth.request('POST /token', { form: exchange })).body;
}

async function strongBrowser() {
  const browser = openBrowser(auth);
  await browser.signIn(await browser.open('/sign-in'), 'admin');
  await strengthen('admin');
  return browser;
}

describe('a token says how and when the person signed in', () => {
  test('after a password, and still so after a refresh', async () => {
    const signedIn = { auth_time: seconds(), acr: 'aal1', amr: ['pwd'] };
    const { body } = await auth.login('wangerge');
    expect(signInOf(body.access_token)).toEqual(signedIn);
    clock.forwardSeconds(100);
    const form = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
    const next = await auth.request('POST /token', { form });
    expect(signInOf(next.body.access_token)).toEqual(signedIn);
  });

  test('after two factors, the ID token and a refreshed token too', async () => {
    const strong = { auth_time: seconds(), acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] };
    const browser = await strongBrowser();
    clock.forwardSeconds(30);
    const tokens = await tokensByCode(browser);
    expect(signInOf(tokens.access_token)).toEqual(strong);
    expect(signInOf(tokens.id_token)).toEqual(strong);
    const form = { grant_type: 'refresh_token', client_id: 'our-app' };
    const next = await auth.request('POST /token', {
      form: { ...form, refresh_token: tokens.refresh_token },
    });
    expect(signInOf(next.body.access_token)).toEqual(strong);
  });

  test('when it was exchanged, as the token before it', async () => {
    const { body } = await auth.login('wangerge');
    const before = signInOf(body.access_token);
    clock.forwardSeconds(60);
    const client = { client_id: EXCHANGING.id, client_secret: SECRET };
    const form = {
      ...client,
      grant_type: TOKEN_EXCHANGE,
      subject_token: body.access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'todo-service',
    };
    const exchanged = await auth.request('POST /token', { form });
    expect(signInOf(exchanged.body.access_token)).toEqual(before);
    const asked = { ...client, token: body.access_token };
    const introspected = await auth.request('POST /introspect', { form: asked });
    expect(introspected.body).toMatchObject({ active: true, ...before });
  });

  test('not for a client that acts for itself', async () => {
    const form = { grant_type: 'client_credentials', client_id: 'post-client' };
    const { body } = await auth.request('POST /token', {
      form: { ...form, client_secret: SECRET },
    });
    expect(signInOf(body.access_token)).toEqual(NOTHING);
  });

  test('not after a refresh of a session that an older release opened', async () => {
    const { body } = await auth.login('wangerge');
    const { sid } = decodeJwt(body.access_token);
    await auth.db.session.update({
      where: { id: sid as string },
      data: { authTime: null, amr: [] },
    });
    const form = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
    const next = await auth.request('POST /token', { form });
    expect([next.status, signInOf(next.body.access_token)]).toEqual([200, NOTHING]);
  });

  test('in few bytes', async () => {
    const { body } = await auth.login('wangerge');
    const said = JSON.stringify(signInOf(body.access_token)).length - 2;
    expect(said).toBeLessThanOrEqual(52);
  });
});

describe('acr_values of an authorization request', () => {
  // Unknown values are voluntary (OpenID Connect Core §3.1.2.1).
  test.each(['aal1', 'aal1 aal2', 'aal2 aal1', 'gold aal1', '', 'gold', 'AAL2'])(
    '%j of a person with a password: a code',
    async (acr_values) => {
      const browser = openBrowser(auth);
      await browser.signIn(await browser.open('/sign-in'));
      for (const more of [{}, { prompt: 'none' }]) {
        const answer = answerOf(await browser.open(authorizeUrl({ acr_values, ...more })));
        expect(answer.code).toMatch(/^[\w-]{43}$/);
        expect(answer).toMatchObject({ state: 'the-state' });
      }
    },
  );

  test.each(['aal2', 'aal2 gold'])(
    '%j of a person with a password: the second factor',
    async (acr_values) => {
      const browser = openBrowser(auth);
      await browser.signIn(await browser.open('/sign-in'));
      const page = await browser.open(authorizeUrl({ acr_values }));
      expect(page.text).toContain('Set up a second factor');
      const answer = answerOf(await browser.open(authorizeUrl({ acr_values, prompt: 'none' })));
      expect(answer.error).toBe('unmet_authentication_requirements');
    },
  );

  test('are met by two factors', async () => {
    const browser = await strongBrowser();
    for (const acr_values of ['aal2', 'aal1', 'aal1 aal2']) {
      const answer = answerOf(await browser.open(authorizeUrl({ acr_values, prompt: 'none' })));
      expect(answer).toHaveProperty('code');
    }
  });

  test('need a sign-in before anything else', async () => {
    const answer = answerOf(
      await openBrowser(auth).open(authorizeUrl({ acr_values: 'aal2', prompt: 'none' })),
    );
    expect(answer.error).toBe('login_required');
  });

  test('may be pushed ahead, and are named by the metadata', async () => {
    const parameters = new URLSearchParams(authorizeUrl({ acr_values: 'aal2' }).split('?')[1]);
    const form = Object.fromEntries(parameters);
    expect((await auth.request('POST /par', { form })).status).toBe(201);
    const { body } = await auth.request('GET /.well-known/openid-configuration');
    expect(body).toMatchObject({
      acr_values_supported: ['aal1', 'aal2'],
      claims_parameter_supported: false,
      claims_supported: expect.arrayContaining(['auth_time', 'acr', 'amr']),
    });
  });
});

describe('routes for administrators', () => {
  const ADMIN_ROUTES = ['users', 'clients', 'resources', 'keys', 'audit'];

  test('ask for a sign-in of the last hour', async () => {
    const token = await auth.adminToken();
    for (const name of ADMIN_ROUTES) {
      expect((await auth.request(`GET /admin/${name}`, { token })).status).toBe(200);
    }
    const scope = 'admin openid account:read account:write';
    const { body } = await auth.login('admin', { scope });
    clock.forwardSeconds(3_601);
    const form = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
    const refreshed = (await auth.request('POST /token', { form })).body.access_token;
    for (const name of ADMIN_ROUTES) {
      const answer = await auth.request(`GET /admin/${name}`, { token: refreshed });
      expect([answer.status, answer.body.code]).toEqual([401, 'authentication_insufficient']);
      expect(answer.headers.get('www-authenticate')).toMatch(
        /error="insufficient_user_authentication".*max_age="3600", acr_values="aal1 aal2", scope="admin"/,
      );
    }
    const own = await auth.request('GET /users/me', { token: refreshed });
    expect(own.status).toBe(200);
  });

  test('ask people without the role for nothing: that is 403', async () => {
    const { body } = await auth.login('wangerge');
    const answer = await auth.request('GET /admin/users', { token: body.access_token });
    expect(answer).toMatchObject({ status: 403, body: { code: 'role_insufficient' } });
  });
});

test('with ADMIN_ACR=aal2 a password alone does not administer, two factors do', async () => {
  const env = { ADMIN_ACR: 'aal2', ADMIN_MAX_AUTH_AGE_SECONDS: '300' };
  const strict = await startAuthService({ env, now: clock.now });
  const before = auth;
  try {
    auth = strict;
    await addHostedClients(auth);
    const weak = await auth.adminToken();
    const refused = await auth.request('GET /admin/users', { token: weak });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/max_age="300", acr_values="aal2"/);
    const { access_token: token } = await tokensByCode(await strongBrowser(), {
      scope: 'openid admin',
      acr_values: 'aal2',
    });
    expect((await auth.request('GET /admin/users', { token })).status).toBe(200);
  } finally {
    auth = before;
    await strict.stop();
  }
});
