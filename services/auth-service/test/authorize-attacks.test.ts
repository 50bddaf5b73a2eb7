import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AuthService, auditTypes, ISSUER, PASSWORD, startAuthService } from './harness.ts';
import {
  addHostedClients,
  answerOf,
  authorizeUrl,
  CALLBACK,
  formOf,
  newPkce,
  OTHER_CALLBACK,
  openBrowser,
} from './hosted-browser.ts';

let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService({ env: { LOGIN_FREE_FAILURES: '1000' } });
  await addHostedClients(auth);
});
afterAll(() => auth.stop());

/** As the sign-in page sends them. */
const fields = () => ({ username: 'wangerge', password: PASSWORD });

/** A code of a person who signs in for it. */
async function newCode(given: Record<string, string> = {}) {
  const { verifier, challenge } = newPkce();
  const browser = openBrowser(auth);
  const first = await browser.open(authorizeUrl({ code_challenge: challenge, ...given }));
  let page = await browser.signIn(first);
  if (page.location === undefined) page = await browser.submit(page, { decision: 'allow' });
  const { code = '' } = answerOf(page);
  expect(code).toMatch(/^[\w-]{43}$/);
  return { browser, code, verifier };
}

const redeem = (given: Record<string, string>) =>
  auth.request('POST /token', {
    form: {
      grant_type: 'authorization_code',
      client_id: 'our-app',
      redirect_uri: CALLBACK,
      ...given,
    },
  });

describe('a redirect URI that only looks like a registered one leads nowhere', () => {
  test.each([
    ['our-app', 'https://app.example/callback/'],
    ['our-app', 'https://app.example/Callback'],
    ['our-app', 'https://APP.example/callback'],
    ['our-app', 'HTTPS://app.example/callback'],
    ['our-app', 'http://app.example/callback'],
    ['our-app', 'https://app.example:443/callback'],
    ['our-app', 'https://app.example:8443/callback'],
    ['our-app', 'https://app.example/callback?'],
    ['our-app', 'https://app.example/callback?next=https://evil.example'],
    ['our-app', 'https://app.example/callback#'],
    ['our-app', 'https://app.example/callback#/a'],
    ['our-app', 'https://app.example/callback/../steal'],
    ['our-app', 'https://app.example/%63allback'],
    ['our-app', 'https://app.example/callback%00'],
    ['our-app', 'https://app.example/callback\n'],
    ['our-app', ' https://app.example/callback'],
    ['our-app', 'https://app.example\\@evil.example/callback'],
    ['our-app', 'https://app.example@evil.example/callback'],
    ['our-app', 'https://user@app.example/callback'],
    ['our-app', 'https://app.example.evil.example/callback'],
    ['our-app', 'https://evil.app.example/callback'],
    ['our-app', '//app.example/callback'],
    ['our-app', '/callback'],
    ['our-app', 'javascript:alert(1)'],
    ['our-app', 'data:text/html,x'],
    ['our-app', OTHER_CALLBACK],
    ['our-app', 'http://127.0.0.1/cb'],
    ['native-app', 'http://127.0.0.1:1234/cb/'],
    ['native-app', 'http://127.0.0.1:1234/cb?x=1'],
    ['native-app', 'http://127.0.0.1:123456/cb'],
    ['native-app', 'http://127.0.0.1:99999/cb'],
    ['native-app', 'http://127.0.0.1:80@evil.example/cb'],
    ['native-app', 'http://127.0.0.1.evil.example/cb'],
    ['native-app', 'http://127.0.0.2/cb'],
    ['native-app', 'http://127.1/cb'],
    ['native-app', 'http://2130706433/cb'],
    ['native-app', 'http://localhost:1234/cb'],
    ['native-app', 'http://[::1]:1/CB'],
    ['native-app', 'http://[0:0:0:0:0:0:0:1]:9000/cb'],
    ['native-app', 'https://127.0.0.1/cb'],
  ])('%s %j', async (client_id, redirect_uri) => {
    const page = await openBrowser(auth).get(authorizeUrl({ client_id, redirect_uri }));
    expect([page.status, page.location]).toEqual([400, undefined]);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.text).not.toMatch(/href="(?!\/|data:,)/);
  });

  test.each([
    ['native-app', 'http://127.0.0.1:1234/cb'],
    ['native-app', 'http://[::1]:65535/cb'],
    ['native-app', 'http://localhost:9000/cb'],
    ['their-app', `${OTHER_CALLBACK}?tenant=1`],
  ])('but %s may use %s', async (client_id, redirect_uri) => {
    const page = await openBrowser(auth).open(authorizeUrl({ client_id, redirect_uri }));
    expect([page.status, page.location]).toEqual([200, undefined]);
  });

  test.each([
    ['an unknown client', { client_id: 'nobody' }],
    ['no client', { client_id: undefined }],
    ['a client with NUL', { client_id: 'our-app\0' }],
    ['no redirect URI', { redirect_uri: undefined }],
    ['a request_uri of elsewhere', { request_uri: 'https://evil.example/request' }],
    [
      'a request_uri that nobody pushed',
      { request_uri: `urn:ietf:params:oauth:request_uri:${'a'.repeat(43)}` },
    ],
  ])('%s: a page, no redirect', async (_name, given) => {
    const page = await openBrowser(auth).get(authorizeUrl(given as Record<string, string>));
    expect([page.status, page.location]).toEqual([400, undefined]);
  });

  test.each(['client_id', 'redirect_uri'])('a second %s: a page, no redirect', async (name) => {
    const page = await openBrowser(auth).get(`${authorizeUrl()}&${name}=our-app`);
    expect([page.status, page.location]).toEqual([400, undefined]);
  });
});

describe('a request that is not right is told to the client, with iss and state', () => {
  test.each([
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['plain by leaving it out', { code_challenge_method: undefined }, 'invalid_request'],
    ['S256 in other letters', { code_challenge_method: 's256' }, 'invalid_request'],
    ['a short challenge', { code_challenge: 'a'.repeat(42) }, 'invalid_request'],
    ['a challenge with padding', { code_challenge: `${'a'.repeat(42)}=` }, 'invalid_request'],
    ['no response type', { response_type: undefined }, 'invalid_request'],
    ['the implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
    ['the hybrid flow', { response_type: 'code id_token' }, 'unsupported_response_type'],
    ['a fragment answer', { response_mode: 'fragment' }, 'invalid_request'],
    ['a form answer', { response_mode: 'form_post' }, 'invalid_request'],
    ['a request object', { request: 'a.b.c' }, 'request_not_supported'],
    ['an unknown prompt', { prompt: 'select_account' }, 'invalid_request'],
    ['prompts together', { prompt: 'none login' }, 'invalid_request'],
    ['a max_age of words', { max_age: 'soon' }, 'invalid_request'],
    ['a negative max_age', { max_age: '-1' }, 'invalid_request'],
    ['an unknown scope', { scope: 'openid everything' }, 'invalid_scope'],
    ['a scope with quotes', { scope: '"openid"' }, 'invalid_scope'],
    ['another resource', { resource: 'https://evil.example/' }, 'invalid_target'],
    ['a long nonce', { nonce: 'n'.repeat(257) }, 'invalid_request'],
    ['a nonce with NUL', { nonce: 'a\0b' }, 'invalid_request'],
    [
      'all too long',
      { scope: 'todo:read '.repeat(400), state: 's'.repeat(2_048) },
      'invalid_request',
    ],
    ['prompt none without a sign-in', { prompt: 'none' }, 'login_required'],
  ])('%s', async (_name, given, error) => {
    const page = await openBrowser(auth).get(authorizeUrl(given as Record<string, string>));
    expect(page.status).toBe(303);
    expect(page.location).toMatch(/^https:\/\/app\.example\/callback\?/);
    const { error: told, iss, state, code } = answerOf(page);
    expect([told, iss, code]).toEqual([error, ISSUER, undefined]);
    expect(state).toBe((given as { state?: string }).state ?? 'the-state');
  });

  test('a parameter that comes twice; a state that does is not repeated', async () => {
    for (const name of ['nonce', 'scope', 'state', 'code_challenge', 'prompt']) {
      const page = await openBrowser(auth).get(
        `${authorizeUrl({ nonce: 'n', prompt: 'login' })}&${name}=x`,
      );
      expect([name, answerOf(page).error]).toEqual([name, 'invalid_request']);
      expect(answerOf(page).state).toBe(name === 'state' ? undefined : 'the-state');
    }
  });

  test('a client that is not registered for it', async () => {
    await auth.store.clients.create({
      id: 'no-code',
      name: 'No code',
      authentication: 'none',
      secretHash: null,
      jwks: undefined,
      grantTypes: ['refresh_token'],
      scopes: ['todo:read'],
      redirectUris: [CALLBACK],
      firstParty: false,
      audience: null,
    });
    const page = await openBrowser(auth).get(authorizeUrl({ client_id: 'no-code' }));
    expect(answerOf(page)).toMatchObject({ error: 'unauthorized_client', iss: ISSUER });
  });
});

describe('a code is worth nothing', () => {
  test.each<[string, (code: string, verifier: string) => Record<string, string>]>([
    ['with another verifier', () => ({ code_verifier: newPkce().verifier })],
    ['with its challenge as verifier', (_code, verifier) => ({ code_verifier: `${verifier}~` })],
    ['at another redirect URI', () => ({ redirect_uri: `${CALLBACK}?` })],
    ['to another client', () => ({ client_id: 'their-app', redirect_uri: OTHER_CALLBACK })],
    ['to another client with this redirect URI', () => ({ client_id: 'native-app' })],
    [
      'with a letter changed',
      (code) => ({ code: `${code.slice(0, -1)}${code.endsWith('A') ? 'E' : 'A'}` }),
    ],
  ])('%s; the right request still gets tokens', async (_name, change) => {
    const { code, verifier } = await newCode();
    const refused = await redeem({ code, code_verifier: verifier, ...change(code, verifier) });
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_grant']);
    expect(refused.text).not.toContain('token":');
    expect((await redeem({ code, code_verifier: verifier })).status).toBe(200);
  });

  test.each(['code', 'code_verifier', 'redirect_uri'])('without %s', async (name) => {
    const { code, verifier } = await newCode();
    const refused = await redeem({ code, code_verifier: verifier, [name]: '' });
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_request']);
  });

  test('a second time, and what it gave ends', async () => {
    const { code, verifier } = await newCode();
    const first = (await redeem({ code, code_verifier: verifier })).body;
    expect((await auth.request('GET /userinfo', { token: first.access_token })).status).toBe(200);
    const second = await redeem({ code, code_verifier: verifier });
    expect([second.status, second.body.error]).toEqual([400, 'invalid_grant']);
    expect((await auth.request('GET /userinfo', { token: first.access_token })).status).toBe(401);
    const form = {
      grant_type: 'refresh_token',
      client_id: 'our-app',
      refresh_token: first.refresh_token,
    };
    expect((await auth.request('POST /token', { form })).body.error).toBe('invalid_grant');
    expect(await auditTypes(auth, 'authorization_code.')).toEqual(['authorization_code.reused']);
  });

  test('of twenty that bring it at once, one at most gets tokens, and they end', async () => {
    const { code, verifier } = await newCode();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => redeem({ code, code_verifier: verifier })),
    );
    const given = answers.filter(({ status }) => status === 200);
    expect(given).toHaveLength(1);
    const token = given[0]?.body.access_token;
    expect((await auth.request('GET /userinfo', { token })).status).toBe(401);
  });

  test('to a client that was disabled since', async () => {
    const { code, verifier } = await newCode({
      client_id: 'their-app',
      redirect_uri: OTHER_CALLBACK,
    });
    const at = new Date();
    const disable = (disabledAt: Date | null) =>
      auth.store.transaction(({ endings }) =>
        endings.changeClient('their-app', { disabledAt }, at),
      );
    await disable(at);
    const form = {
      client_id: 'their-app',
      redirect_uri: OTHER_CALLBACK,
      code,
      code_verifier: verifier,
    };
    expect((await redeem(form)).status).toBe(401);
    await disable(null);
  });

  test('an ID token opens nothing', async () => {
    const { code, verifier } = await newCode();
    const { id_token: token } = (await redeem({ code, code_verifier: verifier })).body;
    for (const path of ['/userinfo', '/users/me', '/sessions']) {
      expect((await auth.request(`GET ${path}`, { token })).status).toBe(401);
    }
    const form = { token, client_id: 'our-app' };
    expect((await auth.request('POST /introspect', { form })).status).toBe(401);
  });
});

describe('forms', () => {
  test.each<[string, Record<string, string>]>([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a sibling', { 'sec-fetch-site': 'same-site', origin: 'http://evil.localhost:8080' }],
    ['another origin, in an old browser', { origin: 'https://evil.example' }],
    ['a sandbox', { origin: 'null' }],
    ['an address bar', { 'sec-fetch-site': 'none' }],
  ])('from %s are refused, before a password is looked at', async (_name, headers) => {
    const browser = openBrowser(auth);
    const answer = await browser.submit(await browser.open(authorizeUrl()), fields(), headers);
    expect([answer.status, answer.location]).toEqual([403, undefined]);
    expect([...browser.cookies.keys()]).toEqual(['latchkey-browser']);
  });

  test.each(['/sign-in', '/sign-up', '/consent'])(
    '%s without the token of this browser',
    async (path) => {
      const [victim, attacker] = [openBrowser(auth), openBrowser(auth)];
      const { token } = formOf(await attacker.open(authorizeUrl()));
      const query = authorizeUrl().slice('/authorize'.length);
      await victim.open(authorizeUrl());
      for (const form_token of ['', 'a'.repeat(43), token]) {
        const body = new URLSearchParams({ ...fields(), form_token, decision: 'allow' });
        const answer = await victim.send(`${path}${query}`, { method: 'POST', body });
        expect([answer.status, answer.location]).toEqual([403, undefined]);
      }
      expect([...victim.cookies.keys()]).toEqual(['latchkey-browser']);
    },
  );

  test('cookies of a browser that has none yet do not help', async () => {
    const browser = openBrowser(auth);
    const page = await browser.open(authorizeUrl());
    browser.cookies.clear();
    expect((await browser.submit(page, fields())).status).toBe(403);
  });
});

describe('a browser login', () => {
  test('gets a new secret at each sign-in: one known before is worth nothing', async () => {
    const browser = openBrowser(auth);
    const fixed = 'f'.repeat(43);
    browser.cookies.set('latchkey', fixed);
    await browser.signIn(await browser.open(authorizeUrl()));
    const first = browser.cookies.get('latchkey') ?? '';
    expect(first).not.toBe(fixed);
    const again = await browser.open(authorizeUrl({ prompt: 'login' }));
    await browser.signIn(again);
    expect(browser.cookies.get('latchkey')).not.toBe(first);
    const thief = openBrowser(auth);
    for (const known of [fixed, first]) {
      thief.cookies.set('latchkey', known);
      const answer = await thief.get(authorizeUrl({ prompt: 'none' }));
      expect(answerOf(answer).error).toBe('login_required');
    }
  });

  test('is kept as a hash, in a cookie that scripts and other sites do not get', async () => {
    const browser = openBrowser(auth);
    const page = await browser.open(authorizeUrl());
    const answer = await browser.submit(page, fields());
    const line = answer.headers.getSetCookie().find((one) => one.startsWith('latchkey='));
    expect(line).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/);
    const secret = browser.cookies.get('latchkey') ?? '';
    const rows = JSON.stringify(await auth.db.browserLogin.findMany());
    expect(rows).not.toContain(secret);
  });
});

/** Without the one script that there is. */
const withoutPasskeys = (text: string) =>
  text.replace(/<script src="\/sign-in\/passkeys-[\w-]{16}\.js" defer><\/script>/, '');

test('pages are not framed, not kept, and load nothing of elsewhere', async () => {
  const browser = openBrowser(auth);
  for (const path of [authorizeUrl(), '/sign-in', '/sign-up', '/logout/done', '/authorize']) {
    const { headers, text } = await browser.open(path);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).toContain("form-action 'self';");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(withoutPasskeys(text)).not.toMatch(/<script|(?:src|href)="(?:https?:)?\/\/| style="/);
  }
});

test('what a request says is text on the pages, never markup', async () => {
  const hint = '"><script>alert(1)</script>';
  const page = await openBrowser(auth).open(
    authorizeUrl({
      client_id: 'their-app',
      redirect_uri: OTHER_CALLBACK,
      login_hint: hint,
      state: hint,
    }),
  );
  expect(page.status).toBe(200);
  expect(withoutPasskeys(page.text)).not.toContain('<script');
  expect(page.text).toContain('Their &lt;app&gt;');
  const error = await openBrowser(auth).open(authorizeUrl({ client_id: hint }));
  expect(error.text).not.toContain('<script');
});

test('no address that a request names is gone to but a registered one', async () => {
  const evil = 'https://evil.example/';
  const browser = openBrowser(auth);
  const names = [
    'next',
    'return_to',
    'redirect',
    'post_logout_redirect_uri',
    'target',
    'login_hint',
  ];
  for (const path of [
    '/sign-in',
    '/sign-up',
    '/logout',
    '/logout/done',
    '/consent',
    '/authorize',
  ]) {
    for (const name of names) {
      const { location = '' } = await browser.get(`${path}?${name}=${encodeURIComponent(evil)}`);
      expect([path, name, location.startsWith('http') || location.startsWith('//')]).toEqual([
        path,
        name,
        false,
      ]);
    }
  }
});
