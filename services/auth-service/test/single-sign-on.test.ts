import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type AuthService,
  auditTypes,
  ISSUER,
  PASSWORD,
  startAuthService,
  testClock,
} from './harness.ts';
import {
  addHostedClients,
  answerOf,
  authorizeUrl,
  CALLBACK,
  newPkce,
  OTHER_CALLBACK,
  openBrowser,
  type Page,
} from './hosted-browser.ts';

let auth: AuthService;
const clock = testClock();
beforeAll(async () => {
  auth = await startAuthService({ now: clock.now });
  await addHostedClients(auth);
});
afterAll(() => auth.stop());

const THEIRS = { client_id: 'their-app', redirect_uri: OTHER_CALLBACK };
const NATIVE = { client_id: 'native-app', redirect_uri: 'http://127.0.0.1:1234/cb' };

async function signedIn(username = 'wangerge') {
  const browser = openBrowser(auth);
  await browser.signIn(await browser.open('/sign-in'), username);
  return browser;
}

const push = (form: Record<string, string>) => auth.request('POST /par', { form });
const requestOf = (given: Record<string, string> = {}) =>
  Object.fromEntries(new URLSearchParams(authorizeUrl(given).split('?')[1]));

const isSignIn = ({ status, text }: Page) => status === 200 && text.includes('name="password"');

test('a person who is signed in comes straight back, to a second client too', async () => {
  const browser = await signedIn();
  for (const given of [{}, { prompt: 'none' }]) {
    const { location, status } = await browser.get(authorizeUrl(given));
    expect([status, location]).toEqual([303, expect.stringMatching(/^https:\/\/app\.example/)]);
  }
  const consent = await browser.open(authorizeUrl(THEIRS));
  expect(consent.text).toContain('Their &lt;app&gt; asks for access');
  const back = await browser.submit(consent, { decision: 'allow' });
  expect(answerOf(back)).toMatchObject({ state: 'the-state', iss: ISSUER });
});

test('POST /authorize does the same by an address, since it comes without cookies', async () => {
  const browser = await signedIn();
  const body = new URLSearchParams(requestOf());
  const { location = '' } = await openBrowser(auth).send('/authorize', { method: 'POST', body });
  expect(answerOf(await browser.get(location))).toMatchObject({ code: expect.any(String) });
});

test('prompt=login and max_age ask for the password anew, whoever goes around the page', async () => {
  const browser = await signedIn();
  clock.forwardSeconds(120);
  for (const given of [{ prompt: 'login' }, { max_age: '60' }]) {
    const page = await browser.open(authorizeUrl(given));
    expect(isSignIn(page)).toBe(true);
    expect(page.text).toContain('value="wangerge"');
    const around = authorizeUrl({ ...given, ...THEIRS }).replace('/authorize', '/consent');
    expect(isSignIn(await browser.open(around))).toBe(true);
  }
  expect(answerOf(await browser.get(authorizeUrl({ max_age: '3600' })))).toHaveProperty('code');
  const page = await browser.open(authorizeUrl({ max_age: '0' }));
  expect(isSignIn(page)).toBe(true);
  expect(answerOf(await browser.signIn(page))).toHaveProperty('code');
});

test('consent is remembered per client and scopes; prompt=consent asks again', async () => {
  const browser = await signedIn('agent');
  const ask = (given: Record<string, string>) =>
    browser.open(authorizeUrl({ ...THEIRS, ...given }));
  const first = await ask({ scope: 'openid todo:read' });
  expect(first.text).toContain('<strong>other.example</strong>');
  expect(first.text).toContain('Read your todos');
  await browser.submit(first, { decision: 'allow' });
  expect(answerOf(await ask({ scope: 'todo:read', prompt: 'none' }))).toHaveProperty('code');
  const more = await ask({ scope: 'todo:read todo:write' });
  expect(more.status).toBe(200);
  const refused = await browser.submit(more, { decision: 'deny' });
  expect(answerOf(refused)).toMatchObject({ error: 'access_denied', iss: ISSUER });
  const none = await ask({ scope: 'todo:write', prompt: 'none' });
  expect(answerOf(none).error).toBe('consent_required');
  expect((await ask({ scope: 'todo:read', prompt: 'consent' })).status).toBe(200);
  expect(await auditTypes(auth, 'consent.')).toContain('consent.given');
});

test('a program on the own computer is asked for every time, with a warning', async () => {
  const browser = await signedIn();
  for (const round of [1, 2]) {
    const page = await browser.open(authorizeUrl({ ...NATIVE, scope: 'todo:read' }));
    expect([round, page.text.includes('127.0.0.1:1234')]).toEqual([round, true]);
    expect(page.text).toContain('class="warning"');
    const { location } = await browser.submit(page, { decision: 'allow' });
    expect(location).toMatch(/^http:\/\/127\.0\.0\.1:1234\/cb\?code=/);
  }
});

test('a pushed request is good once, for a minute, in one browser', async () => {
  const browser = await signedIn();
  const pushed = await push(requestOf({ state: 'pushed' }));
  expect([pushed.status, pushed.body.expires_in]).toEqual([201, 60]);
  const query = new URLSearchParams({ client_id: 'our-app', request_uri: pushed.body.request_uri });
  const changed = await browser.get(`/authorize?${query}&state=changed&scope=admin`);
  expect(answerOf(changed)).toMatchObject({ state: 'pushed', code: expect.any(String) });
  expect((await browser.get(`/authorize?${query}`)).status).toBe(400);

  const second = (await push(requestOf())).body;
  query.set('request_uri', second.request_uri);
  const stranger = openBrowser(auth);
  const page = await stranger.open(`/authorize?${query}`);
  expect(isSignIn(page)).toBe(true);
  expect((await browser.get(`/sign-in?${query}`)).status).toBe(400);
  expect(answerOf(await stranger.signIn(page))).toHaveProperty('code');

  const third = (await push(requestOf())).body;
  query.set('request_uri', third.request_uri);
  clock.forwardSeconds(61);
  expect((await browser.get(`/authorize?${query}`)).status).toBe(400);
  query.set('client_id', 'their-app');
  query.set('request_uri', (await push(requestOf())).body.request_uri);
  expect((await browser.get(`/authorize?${query}`)).status).toBe(400);
});

test.each([
  ['a bad redirect URI', { redirect_uri: 'https://evil.example' }, 400, 'invalid_request'],
  ['no PKCE', { code_challenge_method: 'plain' }, 400, 'invalid_request'],
  ['a request_uri', { request_uri: 'urn:x' }, 400, 'invalid_request'],
  ['NUL', { nonce: 'a\0' }, 400, 'invalid_request'],
  ['an unknown client', { client_id: 'nobody' }, 401, 'invalid_client'],
])('POST /par refuses %s', async (_name, given, status, error) => {
  const answer = await push({ ...requestOf(), ...given });
  expect([answer.status, answer.body.error]).toEqual([status, error]);
});

test('a code expires after a minute', async () => {
  const browser = await signedIn();
  const { verifier, challenge } = newPkce();
  const { code = '' } = answerOf(await browser.get(authorizeUrl({ code_challenge: challenge })));
  clock.forwardSeconds(60);
  const form = { grant_type: 'authorization_code', client_id: 'our-app', redirect_uri: CALLBACK };
  const answer = await auth.request('POST /token', {
    form: { ...form, code, code_verifier: verifier },
  });
  expect(answer.body.error).toBe('invalid_grant');
});

/** Tokens through a browser that is signed in. */
async function tokensFor(browser: Awaited<ReturnType<typeof signedIn>>, given = {}) {
  const { verifier, challenge } = newPkce();
  const page = await browser.open(authorizeUrl({ code_challenge: challenge, ...given }));
  const { code = '' } = answerOf(page);
  const form = { grant_type: 'authorization_code', client_id: 'our-app', redirect_uri: CALLBACK };
  return (await auth.request('POST /token', { form: { ...form, code, code_verifier: verifier } }))
    .body;
}

const works = async (token: string) =>
  (await auth.request('GET /userinfo', { token })).status === 200;

test('resource narrows the token to one service; a session keeps to what was approved', async () => {
  const browser = await signedIn();
  const tokens = await tokensFor(browser, { scope: 'todo:read', resource: `${ISSUER}/todo` });
  expect(decodeJwt(tokens.access_token)).toMatchObject({
    aud: ['todo-service'],
    scope: 'todo:read',
  });
  expect(tokens.id_token).toBeUndefined();
  const form = {
    grant_type: 'refresh_token',
    client_id: 'our-app',
    refresh_token: tokens.refresh_token,
  };
  expect((await auth.request('POST /token', { form })).body.scope).toBe('todo:read');
});

test('signing out ends what was signed in to through this browser, and no other', async () => {
  const [browser, other] = [await signedIn(), await signedIn()];
  const [mine, elsewhere] = [await tokensFor(browser), await tokensFor(other)];
  const hint = { id_token_hint: elsewhere.id_token };
  const asked = await browser.open(`/logout?${new URLSearchParams(hint)}`);
  expect(asked.text).toContain('Sign out?');
  expect(await works(mine.access_token)).toBe(true);
  const done = await browser.submit(asked, {});
  expect(done.location).toBe('/logout/done');
  expect([await works(mine.access_token), await works(elsewhere.access_token)]).toEqual([
    false,
    true,
  ]);
  expect(isSignIn(await browser.open(authorizeUrl()))).toBe(true);
  expect(await auditTypes(auth, 'browser_login.')).toContain('browser_login.ended');
});

test('a client that proves it by its ID token, an expired one too, signs out without a question', async () => {
  const browser = await signedIn();
  const { id_token, access_token } = await tokensFor(browser);
  clock.forwardSeconds(7_200);
  const query = new URLSearchParams({
    id_token_hint: id_token,
    post_logout_redirect_uri: 'https://app.example/bye',
  });
  const { location } = await browser.get(`/logout?${query}&state=a%20b`);
  expect(location).toBe('https://app.example/bye?state=a+b');
  expect(await works(access_token)).toBe(false);
});

test.each([
  [
    'an address that is not registered',
    { client_id: 'our-app', post_logout_redirect_uri: 'https://evil.example/' },
  ],
  [
    'that of another client',
    { client_id: 'their-app', post_logout_redirect_uri: 'https://app.example/bye' },
  ],
  ['no client', { post_logout_redirect_uri: 'https://app.example/bye' }],
  ['a client with NUL', { client_id: 'a\0', post_logout_redirect_uri: 'https://app.example/bye' }],
])('signing out to %s: a page, and nothing ends', async (_name, given) => {
  const browser = await signedIn();
  const page = await browser.get(`/logout?${new URLSearchParams(given)}`);
  expect([page.status, page.location]).toEqual([400, undefined]);
  expect(answerOf(await browser.get(authorizeUrl()))).toHaveProperty('code');
});

test('ending every session ends the sign-ins that could open new ones', async () => {
  const browser = await signedIn('agent');
  const { access_token: token } = (await auth.login('agent')).body;
  expect((await auth.request('DELETE /sessions', { token })).status).toBe(204);
  expect(isSignIn(await browser.open(authorizeUrl()))).toBe(true);
});

test('a password change in one session leaves only the browser of that session signed in', async () => {
  const json = { username: 'changer', password: PASSWORD };
  await auth.request('POST /register', { json });
  const [browser, other] = [await signedIn('changer'), await signedIn('changer')];
  const scope = 'openid account:write';
  const { access_token: token } = await tokensFor(browser, { scope });
  const change = { currentPassword: PASSWORD, newPassword: 'heron-over-the-weir' };
  expect((await auth.request('PUT /users/me/password', { token, json: change })).status).toBe(204);
  expect(answerOf(await browser.get(authorizeUrl()))).toHaveProperty('code');
  expect(isSignIn(await other.open(authorizeUrl()))).toBe(true);
});

test('another person in the same browser ends the sign-in before', async () => {
  const browser = await signedIn();
  const { access_token } = await tokensFor(browser);
  await browser.signIn(await browser.open(authorizeUrl({ prompt: 'login' })), 'agent');
  expect(await works(access_token)).toBe(false);
});

test('a sign-in lasts as long as it is set to', async () => {
  const browser = await signedIn();
  clock.forwardSeconds(14 * 86_400);
  expect(isSignIn(await browser.open(authorizeUrl()))).toBe(true);
});

test('consent goes with the account', async () => {
  const json = { username: 'leaver', password: PASSWORD };
  const { id } = (await auth.request('POST /register', { json })).body;
  const browser = await signedIn('leaver');
  await browser.submit(await browser.open(authorizeUrl(THEIRS)), { decision: 'allow' });
  expect(await auth.store.consents.scopesOf(id, 'their-app')).toEqual(['openid', 'todo:read']);
  const { access_token: token } = (await auth.login('leaver')).body;
  const body = { currentPassword: PASSWORD };
  expect((await auth.request('DELETE /users/me', { token, json: body })).status).toBe(204);
  expect(await auth.store.consents.scopesOf(id, 'their-app')).toEqual([]);
});
