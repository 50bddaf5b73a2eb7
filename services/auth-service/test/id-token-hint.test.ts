import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, startAuthService, testClock } from './harness.ts';
import {
  addHostedClients,
  answerOf,
  authorizeUrl,
  CALLBACK,
  newPkce,
  openBrowser,
} from './hosted-browser.ts';

let auth: AuthService;
const clock = testClock();
beforeAll(async () => {
  auth = await startAuthService({ now: clock.now });
  await addHostedClients(auth);
});
afterAll(() => auth.stop());

type Browser = ReturnType<typeof openBrowser>;

async function signedIn(username: string) {
  const browser = openBrowser(auth);
  await browser.signIn(await browser.open('/sign-in'), username);
  return browser;
}

async function idTokenOf(browser: Browser): Promise<string> {
  const { verifier, challenge } = newPkce();
  const { code = '' } = answerOf(await browser.get(authorizeUrl({ code_challenge: challenge })));
  const form = {
    grant_type: 'authorization_code',
    client_id: 'our-app',
    redirect_uri: CALLBACK,
    code,
    code_verifier: verifier,
  };
  return (await auth.request('POST /token', { form })).body.id_token;
}

test('prompt=none answers for the person of the hint only, expired or not', async () => {
  const browser = await signedIn('wangerge');
  const id_token_hint = await idTokenOf(browser);
  const ask = (one: Browser) => one.get(authorizeUrl({ prompt: 'none', id_token_hint }));
  expect(answerOf(await ask(browser))).toHaveProperty('code');
  const other = answerOf(await ask(await signedIn('agent')));
  expect(other).toMatchObject({ error: 'login_required', state: 'the-state' });
  expect(answerOf(await ask(openBrowser(auth))).error).toBe('login_required');
  clock.forwardSeconds(3_600);
  expect(answerOf(await ask(browser))).toHaveProperty('code');
});

test('without prompt another person is asked to sign in, the name filled in; who does so goes on', async () => {
  const id_token_hint = await idTokenOf(await signedIn('wangerge'));
  const browser = await signedIn('agent');
  const page = await browser.open(authorizeUrl({ id_token_hint }));
  expect(page.text).toContain('value="wangerge"');
  expect(answerOf(await browser.signIn(page, 'agent'))).toHaveProperty('code');
  const hinted = await openBrowser(auth).open(authorizeUrl({ id_token_hint, login_hint: 'agent' }));
  expect(hinted.text).toContain('value="agent"');
});

test('a hint that is no ID token of this client is refused, pushed ahead too', async () => {
  const browser = await signedIn('wangerge');
  const good = await idTokenOf(browser);
  const { access_token } = (await auth.login('wangerge')).body;
  const native = { client_id: 'native-app', redirect_uri: 'http://127.0.0.1:1/cb' };
  const refused = [
    { id_token_hint: 'x' },
    { id_token_hint: `${good.slice(0, -8)}AAAAAAAA` },
    { id_token_hint: access_token },
    { ...native, id_token_hint: good },
  ];
  for (const given of refused) {
    expect(answerOf(await browser.get(authorizeUrl(given))).error).toBe('invalid_request');
    const form = Object.fromEntries(new URLSearchParams(authorizeUrl(given).split('?')[1]));
    const { status, body } = await auth.request('POST /par', { form });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  }
});

test('a pushed request may bring one', async () => {
  const browser = await signedIn('wangerge');
  const id_token_hint = await idTokenOf(browser);
  const query = authorizeUrl({ prompt: 'none', id_token_hint }).split('?')[1];
  const form = Object.fromEntries(new URLSearchParams(query));
  const { request_uri } = (await auth.request('POST /par', { form })).body;
  const pushed = new URLSearchParams({ client_id: 'our-app', request_uri });
  expect(answerOf(await browser.get(`/authorize?${pushed}`))).toHaveProperty('code');
});
