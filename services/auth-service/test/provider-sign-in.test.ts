import { listenOnLoopback } from '@latchkey/service-kit/testing/harness';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountOperations } from '../src/accounts/account-operations.ts';
import { systemCaller } from '../src/caller.ts';
import { parseConfig } from '../src/config.ts';
import {
  type AuthService,
  auditTypes,
  ISSUER,
  KEY_ENCRYPTION_KEY,
  PASSWORD,
  startAuthService,
  startInstance,
  testClock,
} from './harness.ts';
import {
  addHostedClients,
  answerOf,
  authorizeUrl,
  CALLBACK,
  newPkce,
  openBrowser,
  type Page,
} from './hosted-browser.ts';
import { PROVIDER_SECRET, type Provider, startProvider } from './provider-server.ts';
import { startUndatedProvider, UNDATED_CLIENT_ID } from './undated-provider.ts';

let providers: Provider;
let auth: AuthService;
let env: Record<string, string>;
const clock = testClock();
const elsewhere = [
  'robin',
  'wangerge',
  'taken',
  'closing',
  'wren',
  'finch',
  'owl',
  'heron',
  'stork',
];
beforeAll(async () => {
  providers = await startProvider(elsewhere);
  env = {
    IDENTITY_PROVIDER_ISSUER: providers.issuer,
    IDENTITY_PROVIDER_CLIENT_ID: 'latchkey',
    IDENTITY_PROVIDER_CLIENT_SECRET: PROVIDER_SECRET,
    IDENTITY_PROVIDER_NAME: 'Aviary',
  };
  auth = await startAuthService({ env, now: clock.now });
  await addHostedClients(auth);
});
afterAll(() => Promise.all([auth.stop(), providers.stop()]));

type Browser = ReturnType<typeof openBrowser>;

/** A page with the forms of one address alone. */
function only(page: Page, action: string): Page {
  const forms = page.text.split('<form').slice(1);
  const form = forms.find((text) => text.includes(`action="${action}`)) ?? '';
  return { ...page, text: `<form${form}` };
}

/** Signs in at the provider in the same browser. @returns the address that it sends back to */
async function signInThere(
  address: string,
  username: string,
  browser = openBrowser(providers),
): Promise<string> {
  const page = await browser.open(address);
  const answer = await browser.submit(
    page,
    { username, password: PASSWORD },
    { origin: providers.issuer },
  );
  let { location = '' } = answer;
  while (location.startsWith('/')) location = (await browser.get(location)).location ?? '';
  return location;
}

/** Presses the button of a sign-in page, signs in there and comes back. */
async function signInWith(browser: Browser, username: string, page?: Page): Promise<Page> {
  const shown = page ?? (await browser.open('/sign-in'));
  const { location = '' } = await browser.submit(only(shown, '/sign-in/with'), {});
  return browser.open(await signInThere(location, username));
}

const chooseName = (browser: Browser, page: Page, username: string) => {
  const [, state = ''] = /name="state" value="([^"]*)"/.exec(page.text) ?? [];
  return browser.submit(page, { username, state });
};

async function newcomer(subject: string, username = subject) {
  const browser = openBrowser(auth);
  const page = await signInWith(browser, subject);
  await chooseName(browser, page, username);
  const { id } = await auth.db.user.findUniqueOrThrow({ where: { username } });
  return { browser, id };
}

/** A person of ours who has just given the password. */
async function ours(username: string) {
  const accounts = accountOperations(auth.store, auth);
  await accounts.register({ username, password: PASSWORD }, { caller: systemCaller });
  const browser = openBrowser(auth);
  await browser.signIn(await browser.open('/sign-in'), username);
  return browser;
}

async function connect(browser: Browser, subject: string): Promise<Page> {
  const page = await browser.open('/sign-in/connect');
  const { location = '' } = await browser.submit(page, {});
  return browser.open(await signInThere(location, subject));
}

const isSignIn = ({ text }: Page) => text.includes('name="password"');

test('a newcomer chooses a username and goes on to the client; next time straight there', async () => {
  const { verifier, challenge } = newPkce();
  const given = { code_challenge: challenge, nonce: 'the-nonce' };
  const browser = openBrowser(auth);
  const signIn = await browser.open(authorizeUrl(given));
  expect(signIn.text).toContain('Sign in with Aviary');
  const page = await signInWith(browser, 'robin', signIn);
  expect(page.text).toContain('Aviary has said who you are');
  const back = await chooseName(browser, page, 'robin-of-here');
  const { code = '', state } = answerOf(back);
  expect(state).toBe('the-state');
  const form = {
    grant_type: 'authorization_code',
    client_id: 'our-app',
    redirect_uri: CALLBACK,
    code,
    code_verifier: verifier,
  };
  const { body } = await auth.request('POST /token', { form });
  const expected = { sub: 'robin-of-here', amr: ['fed'], nonce: 'the-nonce' };
  expect(decodeJwt(body.id_token)).toMatchObject(expected);
  const types = await auth.db.auditEvent.findMany({ where: { subject: 'robin-of-here' } });
  expect(types.map(({ type }) => type)).toEqual([
    'user.registered',
    'provider.connected',
    'login.succeeded',
    'token.issued',
  ]);

  const again = openBrowser(auth);
  const answer = await signInWith(again, 'robin', await again.open(authorizeUrl()));
  expect(answerOf(answer)).toHaveProperty('code');
  expect((await auth.login('robin-of-here')).status).toBe(401);
});

test('the same name there is another person: it opens no account here', async () => {
  const browser = openBrowser(auth);
  const page = await signInWith(browser, 'wangerge');
  const refused = await chooseName(browser, page, 'wangerge');
  expect([refused.status, refused.text.includes('This username is taken')]).toEqual([409, true]);
  expect(browser.cookies.has('latchkey')).toBe(false);
  expect(await auth.db.providerIdentity.count({ where: { subject: 'wangerge' } })).toBe(0);
  const bad = await chooseName(browser, page, '<script>');
  expect([bad.status, bad.text.includes('<script>')]).toEqual([400, false]);
});

test('a newcomer without a password sets one at /security, and it counts everywhere', async () => {
  const { browser, id } = await newcomer('stork');
  const hash = async () => (await auth.db.user.findUniqueOrThrow({ where: { id } })).passwordHash;
  const form = '/security/password';
  const page = await browser.open('/security');
  expect(page.text).toContain('You have none yet.');
  for (const [password, fault] of [
    ['short', 'Use at least 8 characters.'],
    ['stork@example.com', 'username'],
  ] as const) {
    const refused = await browser.submit(only(page, form), { password });
    expect([refused.status, refused.text.includes(fault)]).toEqual([400, true]);
  }
  expect(await hash()).toBeNull();

  const saved = await browser.submit(only(page, form), { password: PASSWORD });
  expect([saved.status, saved.location]).toEqual([303, '/security']);
  expect((await browser.open('/security')).text).not.toContain(form);
  expect(await auditTypes(auth, 'user.password')).toEqual(['user.password_changed']);

  // Sent twice, or from a page of before: the one that is there stays.
  const first = await hash();
  await browser.submit(only(page, form), { password: `${PASSWORD}-2` });
  expect(await hash()).toBe(first);

  const token = await auth.request('POST /token', {
    form: { username: 'stork', password: PASSWORD },
  });
  expect(token.status).toBe(200);
  const asked = { token: token.body.access_token };
  const factors = await auth.request('GET /users/me/factors', asked);
  expect(factors.body).toMatchObject({ hasPassword: true, passkeys: [] });
  const json = { currentPassword: PASSWORD };
  expect((await auth.request('DELETE /users/me', { ...asked, json })).status).toBe(204);
});

describe('an account that there is', () => {
  test('is connected after its password, opened by the provider, and disconnected', async () => {
    const browser = await ours('connector');
    expect((await connect(browser, 'wren')).text).toContain('connector can sign in with Aviary');
    const elsewhere = openBrowser(auth);
    expect((await signInWith(elsewhere, 'wren')).text).toContain('as connector');
    const page = await browser.open('/sign-in/connect');
    const done = await browser.submit(page, {});
    expect(done.location).toBe('/sign-in/connect');
    expect((await signInWith(openBrowser(auth), 'wren')).text).toContain('name="state"');
    const types = await auditTypes(auth, 'provider.');
    expect(types.slice(-2)).toEqual(['provider.connected', 'provider.disconnected']);
  });

  test('asks for the password again when it was given a while ago, or not at all', async () => {
    const browser = await ours('slow-connector');
    clock.forwardSeconds(301);
    expect(isSignIn(await browser.open('/sign-in/connect'))).toBe(true);
    const signIn = await browser.open('/sign-in?then=connect');
    const page = await browser.signIn(only(signIn, '/sign-in?'), 'slow-connector');
    expect(page.text).toContain('Connect slow-connector');
    const federated = (await newcomer('finch')).browser;
    expect(isSignIn(await federated.open('/sign-in/connect'))).toBe(true);
    expect(isSignIn(await openBrowser(auth).open('/sign-in/connect'))).toBe(true);
  });

  test('is not connected with one that another account has', async () => {
    await newcomer('taken');
    const browser = await ours('second-claimant');
    const page = await connect(browser, 'taken');
    expect([page.status, page.text.includes('connected with another account')]).toEqual([
      409,
      true,
    ]);
  });

  test('is not connected by an answer after the person signed out, or for another person', async () => {
    const browser = await ours('leaving-connector');
    const page = await browser.open('/sign-in/connect');
    const { location = '' } = await browser.submit(page, {});
    const back = await signInThere(location, 'owl');
    await browser.submit(await browser.get('/logout'), {});
    await browser.signIn(await browser.open('/sign-in'), 'agent');
    expect(isSignIn(await browser.open(back))).toBe(true);
    expect(await auth.db.providerIdentity.count({ where: { subject: 'owl' } })).toBe(0);
  });

  test('without a password stays connected', async () => {
    const browser = await ours('no-password');
    await connect(browser, 'owl');
    await auth.db.user.update({ where: { username: 'no-password' }, data: { passwordHash: null } });
    const page = await browser.submit(await browser.open('/sign-in/connect'), {});
    expect([page.status, page.text.includes('You have no password and no passkey')]).toEqual([
      409,
      true,
    ]);
  });
});

test('a closed account stays closed, and a deleted one leaves no link', async () => {
  const token = await auth.adminToken();
  const { id } = await newcomer('closing');
  await auth.request(`PATCH /admin/users/${id}`, { token, json: { active: false } });
  const page = await signInWith(openBrowser(auth), 'closing');
  expect([page.status, page.text.includes('This account is closed')]).toEqual([401, true]);
  await auth.request(`DELETE /admin/users/${id}`, { token });
  expect(await auth.db.providerIdentity.count({ where: { userId: id } })).toBe(0);
});

describe('an answer', () => {
  const begun = async (given?: string) => {
    const browser = openBrowser(auth);
    const page = await browser.open(given ?? '/sign-in');
    const { location = '' } = await browser.submit(only(page, '/sign-in/with'), {});
    return { browser, location, back: await signInThere(location, 'robin') };
  };
  const isSignedIn = async (browser: Browser) =>
    (await browser.get('/sign-in')).text.includes('You are signed in');

  test('asks the provider with PKCE, state, nonce, and for proof where the client wants it', async () => {
    const { location } = await begun();
    const asked = Object.fromEntries(new URL(location).searchParams);
    expect(asked).toMatchObject({
      client_id: 'latchkey',
      code_challenge_method: 'S256',
      redirect_uri: `${ISSUER}/sign-in/callback`,
      scope: 'openid',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(asked).not.toHaveProperty('prompt');
    const forced = await begun(authorizeUrl({ prompt: 'login' }));
    expect(new URL(forced.location).searchParams.get('prompt')).toBe('login');
  });

  test('is taken in the browser that asked, and once', async () => {
    const { browser, back } = await begun();
    const thief = openBrowser(auth);
    await thief.get('/sign-in');
    await thief.open(back);
    expect(await isSignedIn(thief)).toBe(false);
    await browser.open(back);
    expect(await isSignedIn(browser)).toBe(true);
    await browser.submit(await browser.get('/logout'), {});
    await browser.open(back);
    expect(await isSignedIn(browser)).toBe(false);
  });

  test.each<[string, (back: URL) => unknown]>([
    ['of another issuer', ({ searchParams }) => searchParams.set('iss', 'https://evil.example')],
    ['without issuer', ({ searchParams }) => searchParams.delete('iss')],
    ['with another code', ({ searchParams }) => searchParams.set('code', 'x'.repeat(43))],
    [
      'that says no',
      ({ searchParams }) => {
        searchParams.delete('code');
        searchParams.set('error', 'access_denied');
      },
    ],
  ])('%s leads back to the sign-in page', async (_, spoil) => {
    const { browser, back } = await begun(authorizeUrl());
    const url = new URL(back);
    spoil(url);
    const page = await browser.open(url.href);
    expect([page.status, page.text.includes('did not sign you in')]).toEqual([400, true]);
    expect(await isSignedIn(browser)).toBe(false);
    // The password still leads to the client.
    expect(answerOf(await browser.signIn(page, 'agent'))).toHaveProperty('code');
  });

  test('with a state of nobody leads to the sign-in page', async () => {
    const browser = openBrowser(auth);
    await browser.get('/sign-in');
    expect(isSignIn(await browser.open('/sign-in/callback?code=x&state=y'))).toBe(true);
    expect(isSignIn(await browser.open('/sign-in/new?state=y'))).toBe(true);
  });

  test('that comes late is not taken', async () => {
    const { browser, back } = await begun();
    clock.forwardSeconds(1_801);
    await browser.open(back);
    expect(await isSignedIn(browser)).toBe(false);
  });
});

describe('a session there that is an hour old', () => {
  // With the time of the day, as the provider has it.
  let here: Awaited<ReturnType<typeof startInstance>>;
  let there: Browser;
  const HOUR_MS = 3_600_000;
  beforeAll(async () => {
    here = await startInstance(auth.scratch.url, { env });
    there = openBrowser(providers);
    const browser = openBrowser(here);
    const shown = await browser.open('/sign-in');
    const { location = '' } = await browser.submit(only(shown, '/sign-in/with'), {});
    const page = await browser.open(await signInThere(location, 'heron', there));
    await chooseName(browser, page, 'heron');
    const { id } = await providers.db.user.findUniqueOrThrow({ where: { username: 'heron' } });
    await providers.db.browserLogin.updateMany({
      where: { userId: id },
      data: { authTime: new Date(Date.now() - HOUR_MS) },
    });
  });
  afterAll(() => here.stop());

  /** There and back without a question, where the provider leaves it at that. */
  async function silently(path: string, change: (asked: URL) => void = () => undefined) {
    const browser = openBrowser(here);
    const shown = await browser.open(path);
    const { location = '' } = await browser.submit(only(shown, '/sign-in/with'), {});
    const asked = new URL(location);
    change(asked);
    const answer = await there.open(asked.href.replace(providers.issuer, ''));
    return { browser, asked, answer };
  }

  const unasked = ({ searchParams }: URL) => {
    searchParams.delete('prompt');
    searchParams.delete('max_age');
  };

  test('signs in, and tokens say how old it is; factors are not changed by it', async () => {
    const { verifier, challenge } = newPkce();
    const { browser, answer } = await silently(authorizeUrl({ code_challenge: challenge }));
    const { code = '' } = answerOf(await browser.open(answer.location ?? ''));
    const form = {
      grant_type: 'authorization_code',
      client_id: 'our-app',
      redirect_uri: CALLBACK,
      code,
      code_verifier: verifier,
    };
    const { body } = await here.request('POST /token', { form });
    const age = Date.now() / 1000 - Number(decodeJwt(body.id_token).auth_time);
    expect(Math.abs(age - 3_600)).toBeLessThan(60);
    expect(isSignIn(await browser.open('/security/authenticator'))).toBe(true);
    const aged = authorizeUrl({ max_age: '60', prompt: 'none' });
    expect(answerOf(await browser.open(aged))).toMatchObject({ error: 'login_required' });
  });

  test.each([
    ['a change of factors', () => '/sign-in?then=security'],
    ['max_age', () => authorizeUrl({ max_age: '60' })],
    ['prompt=login', () => authorizeUrl({ prompt: 'login' })],
    ['two factors', () => authorizeUrl({ acr_values: 'aal2' })],
  ])('is not enough for %s, whatever the browser asks for', async (_, path) => {
    const honest = await silently(path());
    const { searchParams } = honest.asked;
    expect([searchParams.get('prompt'), searchParams.get('max_age')]).toEqual(['login', '0']);
    expect(isSignIn(honest.answer)).toBe(true);
    const { browser, answer } = await silently(path(), unasked);
    const page = await browser.open(answer.location ?? '');
    expect([page.status, page.text.includes('did not sign you in')]).toEqual([400, true]);
    expect(browser.cookies.has('latchkey')).toBe(false);
  });

  test('is enough again after the password there', async () => {
    const browser = openBrowser(here);
    const shown = await browser.open('/sign-in?then=security');
    const { location = '' } = await browser.submit(only(shown, '/sign-in/with'), {});
    const page = await browser.open(await signInThere(location, 'heron'));
    expect(page.text).toContain('Add a passkey');
    expect((await browser.open('/security/authenticator')).text).toContain('class="secret"');
  });
});

test('a provider that does not say when: signed in, and never fresh', async () => {
  const undated = await startUndatedProvider();
  const here = await startInstance(auth.scratch.url, {
    env: {
      IDENTITY_PROVIDER_ISSUER: undated.issuer,
      IDENTITY_PROVIDER_CLIENT_ID: UNDATED_CLIENT_ID,
    },
  });
  const signIn = async (browser: Browser, path: string) => {
    const shown = await browser.open(path);
    const { location = '' } = await browser.submit(only(shown, '/sign-in/with'), {});
    const { headers } = await fetch(location, { redirect: 'manual' });
    return browser.open(headers.get('location') ?? '');
  };
  const browser = openBrowser(here);
  await chooseName(browser, await signIn(browser, '/sign-in'), 'undated');
  expect((await browser.open('/sign-in')).text).toContain('You are signed in');
  expect(isSignIn(await browser.open('/security/authenticator'))).toBe(true);
  const aged = authorizeUrl({ max_age: '1000000', prompt: 'none' });
  expect(answerOf(await browser.open(aged))).toMatchObject({ error: 'login_required' });
  const refused = await signIn(openBrowser(here), '/sign-in?then=security');
  expect([refused.status, refused.text.includes('did not sign you in')]).toEqual([400, true]);
  await here.stop();
  await undated.stop();
});

test('a form of another site begins nothing', async () => {
  for (const path of ['with', 'connect', 'disconnect', 'new']) {
    const browser = openBrowser(auth);
    await browser.get('/sign-in');
    const answer = await browser.send(`/sign-in/${path}`, {
      method: 'POST',
      body: new URLSearchParams({ form_token: 'x' }),
    });
    expect([path, answer.status]).toEqual([path, 403]);
  }
});

test('the provider is away: the page says so, and passwords work', async () => {
  const browser = openBrowser(auth);
  const begun = await browser.submit(only(await browser.open('/sign-in'), '/sign-in/with'), {});
  const back = await signInThere(begun.location ?? '', 'robin');
  await providers.goAway();
  const page = await browser.open(back);
  expect([page.status, page.headers.get('retry-after')]).toEqual([503, '5']);
  expect(page.text).toContain('Aviary cannot be reached right now');
  expect((await browser.signIn(page)).text).toContain('You are signed in');

  const other = openBrowser(auth);
  const pressed = await other.submit(only(await other.open('/sign-in'), '/sign-in/with'), {});
  expect([pressed.status, pressed.text.includes('cannot be reached')]).toEqual([503, true]);
  expect((await other.signIn(pressed)).text).toContain('You are signed in');
});

test('a provider that never answers is given up after five seconds', async () => {
  const silent = await listenOnLoopback(() => undefined);
  const env = { IDENTITY_PROVIDER_ISSUER: silent.url, IDENTITY_PROVIDER_CLIENT_ID: 'latchkey' };
  const waiting = await startAuthService({ env });
  const browser = openBrowser(waiting);
  const beganMs = performance.now();
  const page = await browser.submit(only(await browser.open('/sign-in'), '/sign-in/with'), {});
  expect([page.status, page.text.includes('cannot be reached')]).toEqual([503, true]);
  expect(performance.now() - beganMs).toBeLessThan(8_000);
  await waiting.stop();
  await silent.close();
});

test.each([
  [{ IDENTITY_PROVIDER_ISSUER: 'https://aviary.example' }, 'IDENTITY_PROVIDER_CLIENT_ID: needed'],
  [
    { IDENTITY_PROVIDER_CLIENT_ID: 'x' },
    'IDENTITY_PROVIDER_CLIENT_ID: needs IDENTITY_PROVIDER_ISSUER',
  ],
  [
    { IDENTITY_PROVIDER_ISSUER: 'http://aviary.example', IDENTITY_PROVIDER_CLIENT_ID: 'x' },
    'must be https',
  ],
  [
    { IDENTITY_PROVIDER_ISSUER: ISSUER, IDENTITY_PROVIDER_CLIENT_ID: 'x' },
    'another one than ISSUER',
  ],
])('settings %j: %s', (env, message) => {
  const base = { NODE_ENV: 'test', ISSUER, DATABASE_URL: 'postgres://x/y', KEY_ENCRYPTION_KEY };
  expect(() => parseConfig({ ...base, ...env })).toThrow(message);
});

test('without the settings there is no button and no page', async () => {
  const plain = await startAuthService();
  const browser = openBrowser(plain);
  expect((await browser.open('/sign-in')).text).not.toContain('/sign-in/with');
  expect((await browser.get('/sign-in/connect')).status).toBe(404);
  await plain.stop();
});
