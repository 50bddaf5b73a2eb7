import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEVICE_CODE } from '../src/clients/grant-types.ts';
import {
  type AuthService,
  auditTypes,
  ISSUER,
  PASSWORD,
  startAuthService,
  testClock,
} from './harness.ts';
import { openBrowser, type Page, signedInPerson } from './hosted-browser.ts';

let auth: AuthService;
const clock = testClock();
beforeAll(async () => {
  const env = { USER_CODES_PER_ADDRESS: '10000', DEVICE_REQUESTS_PER_ADDRESS: '10000' };
  auth = await startAuthService({ now: clock.now, env });
  const tv = {
    authentication: 'none' as const,
    secretHash: null,
    jwks: undefined,
    grantTypes: [DEVICE_CODE, 'refresh_token'],
    scopes: ['openid', 'profile', 'todo:read', 'todo:write', 'account:read', 'account:write'],
    redirectUris: [],
    firstParty: false,
  };
  await auth.store.clients.create({ ...tv, id: 'their-tv', name: 'Their <TV>' });
  await auth.store.clients.create({ ...tv, id: 'our-tv', name: 'Our TV', firstParty: true });
  await auth.store.clients.create({ ...tv, id: 'no-tv', name: 'No TV', grantTypes: ['password'] });
});
afterAll(() => auth.stop());

const begin = (form: Record<string, string> = {}) =>
  auth.request('POST /device_authorization', {
    form: { client_id: 'their-tv', scope: 'openid todo:read', ...form },
    headers: { 'user-agent': 'Living-room TV/1.0' },
  });
const poll = (device_code: string, form: Record<string, string> = {}) =>
  auth.request('POST /token', {
    form: { grant_type: DEVICE_CODE, client_id: 'their-tv', device_code, ...form },
    headers: { 'user-agent': 'Living-room TV/1.0' },
  });
const errorOf = async (device_code: string, form = {}) => {
  const { status, body } = await poll(device_code, form);
  return status === 200 ? 'none' : `${status} ${body.error}`;
};

let people = 0;
const newPerson = () => signedInPerson(auth, `viewer-${++people}`);

type Browser = ReturnType<typeof openBrowser>;
const type = async (browser: Browser, user_code: string) =>
  browser.submit(await browser.get('/device'), { user_code });
const decide = (browser: Browser, page: Page, decision: string, user_code: string) =>
  browser.submit(page, { decision, user_code });
async function allow(browser: Browser, user_code: string) {
  const page = await type(browser, user_code);
  return decide(browser, page, 'allow', user_code);
}

test('from the code on the device to tokens of the person, once', async () => {
  const { body, status } = await begin();
  expect([status, body]).toEqual([
    200,
    {
      device_code: expect.stringMatching(/^[\w-]{43}$/),
      user_code: expect.stringMatching(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/),
      verification_uri: `${ISSUER}/device`,
      verification_uri_complete: `${ISSUER}/device?user_code=${body.user_code}`,
      expires_in: 600,
      interval: 5,
    },
  ]);
  expect(await errorOf(body.device_code)).toBe('400 authorization_pending');
  const { browser, username, id } = await newPerson();
  const page = await type(browser, ` ${body.user_code.toLowerCase().replace('-', ' ')} `);
  for (const text of ['Their &lt;TV&gt; asks for access', body.user_code, 'Living-room TV/1.0']) {
    expect(page.text).toContain(text);
  }
  for (const text of ['127.0.0.1', 'Read your todos', 'class="warning"', username]) {
    expect(page.text).toContain(text);
  }
  const done = await decide(browser, page, 'allow', body.user_code);
  expect(done.text).toContain('The device is connected');
  clock.forwardSeconds(5);
  const answer = await poll(body.device_code);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.body).toMatchObject({ token_type: 'bearer', scope: 'openid todo:read' });
  expect(answer.body).not.toHaveProperty('refresh_token');
  const { sid, ...claims } = decodeJwt(answer.body.id_token);
  expect(claims).toMatchObject({ sub: username, aud: 'their-tv', amr: ['pwd'] });
  const session = await auth.db.session.findUniqueOrThrow({ where: { id: String(sid) } });
  expect(session).toMatchObject({
    userId: id,
    device: 'Living-room TV/1.0',
    // Signing out in the browser is not signing out at the device.
    browserLoginId: null,
  });
  expect(await errorOf(body.device_code)).toBe('400 invalid_grant');
  expect(await auth.store.consents.scopesOf(id, 'their-tv')).toEqual(['openid', 'todo:read']);
  const types = await auth.db.auditEvent.findMany({ where: { subject: username } });
  expect(types.map((event) => event.type)).toEqual([
    'user.registered',
    'login.succeeded',
    'device.allowed',
    'consent.given',
    'token.issued',
  ]);
  expect(JSON.stringify(types.map(({ details }) => details))).not.toContain(body.user_code);
});

test('with openid-client, and a refresh token for offline_access', async () => {
  const config = await oidc.discovery(new URL(ISSUER), 'their-tv', undefined, oidc.None(), {
    execute: [oidc.allowInsecureRequests],
    [oidc.customFetch]: (url, init) => fetch(url.replace(ISSUER, auth.url), init as RequestInit),
  });
  const scope = 'openid todo:read offline_access';
  const begun = await oidc.initiateDeviceAuthorization(config, { scope });
  const { browser, username } = await newPerson();
  await allow(browser, begun.user_code);
  const tokens = await oidc.pollDeviceAuthorizationGrant(config, { ...begun, interval: 0.01 });
  expect(tokens.claims()?.sub).toBe(username);
  const next = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
  expect(next.scope).toBe('openid todo:read');
});

test('a device that asks too often is told to slow down, for good', async () => {
  const { device_code } = (await begin()).body;
  const after = (seconds: number) => {
    clock.forwardSeconds(seconds);
    return errorOf(device_code);
  };
  expect(await after(0)).toBe('400 authorization_pending');
  expect(await after(2)).toBe('400 slow_down');
  expect(await after(6)).toBe('400 slow_down');
  expect(await after(15)).toBe('400 authorization_pending');
});

test('denied, expired, and of another client', async () => {
  const { browser, username } = await newPerson();
  const denied = (await begin()).body;
  const page = await type(browser, denied.user_code);
  const done = await decide(browser, page, 'deny', denied.user_code);
  expect(done.text).toContain('The device gets no access');
  expect(await errorOf(denied.device_code)).toBe('400 access_denied');
  expect(await auditTypes(auth, 'device.denied')).toHaveLength(1);
  expect(await auth.store.consents.scopesOf((await idOf(username)) ?? 0, 'their-tv')).toEqual([]);

  const { device_code, user_code } = (await begin()).body;
  expect(await errorOf(device_code, { client_id: 'our-tv' })).toBe('400 invalid_grant');
  expect(await errorOf('x'.repeat(43))).toBe('400 invalid_grant');
  const shown = await type(browser, user_code);
  clock.forwardSeconds(601);
  expect(await errorOf(device_code)).toBe('400 expired_token');
  const late = await decide(browser, shown, 'allow', user_code);
  expect([late.status, late.text.includes('wrong or has expired')]).toEqual([400, true]);
});

const idOf = async (username: string) =>
  (await auth.db.user.findUnique({ where: { username } }))?.id;

test.each<[Record<string, string>, number, string]>([
  [{ client_id: 'no-tv' }, 400, 'unauthorized_client'],
  [{ client_id: 'nobody' }, 401, 'invalid_client'],
  [{ scope: 'no:such' }, 400, 'invalid_scope'],
  [{ resource: 'https://elsewhere.example' }, 400, 'invalid_target'],
  [{ resource: `${ISSUER}/todo/\0` }, 400, 'invalid_target'],
])('device authorization of %j: %i %s', async (form, status, error) => {
  const answer = await begin(form);
  expect([answer.status, answer.body.error]).toEqual([status, error]);
});

test('resource narrows, and a client of ours that names nothing follows the services', async () => {
  const { browser } = await newPerson();
  const narrow = (await begin({ scope: '', resource: `${ISSUER}/todo` })).body;
  await allow(browser, narrow.user_code);
  const { body } = await poll(narrow.device_code);
  expect(body.scope).toBe('todo:read todo:write');
  expect(decodeJwt(body.access_token).aud).toEqual(['todo-service']);
  const ours = (await begin({ client_id: 'our-tv', scope: '' })).body;
  const page = await allow(browser, ours.user_code);
  expect(page.text).toContain('The device is connected');
  const answer = (await poll(ours.device_code, { client_id: 'our-tv' })).body;
  expect(answer.refresh_token).toMatch(/^rt_/);
  const { sid } = decodeJwt(answer.access_token);
  const session = await auth.db.session.findUniqueOrThrow({ where: { id: String(sid) } });
  expect(session.followsScopes).toBe(true);
});

describe('the page', () => {
  test('asks for a sign-in first, then goes on with the code filled in and nothing shown', async () => {
    const { user_code } = (await begin()).body;
    const browser = openBrowser(auth);
    const signIn = await browser.open(`/device?user_code=${user_code}`);
    expect(signIn.text).toContain('name="password"');
    const page = await browser.signIn(signIn);
    expect(page.text).toContain(`value="${user_code}"`);
    expect(page.text).not.toContain('TV');
    const form = await browser.submit(page, { user_code });
    expect(form.text).toContain('Their &lt;TV&gt; asks for access');
  });

  test('signs up for a device, too', async () => {
    const { user_code } = (await begin()).body;
    const browser = openBrowser(auth);
    const page = await browser.open(`/sign-up?user_code=${user_code}`);
    const done = await browser.submit(page, { username: 'new-viewer', password: PASSWORD });
    expect(done.location).toBe(`/device?user_code=${user_code}`);
  });

  test('is in Chinese for those who read it, and takes no form of elsewhere', async () => {
    const { browser } = await newPerson();
    const page = await browser.send('/device', { headers: { 'accept-language': 'zh' } });
    expect(page.text).toContain('连接设备');
    const { device_code, user_code } = (await begin()).body;
    for (const path of ['/device', '/device/decision']) {
      const body = new URLSearchParams({ user_code, decision: 'allow' });
      const answer = await browser.send(path, { method: 'POST', body });
      expect(answer.status).toBe(403);
    }
    expect(await errorOf(device_code)).toBe('400 authorization_pending');
  });

  test.each(['', 'BCDF', 'AEIO-UAEI', 'BCDF-GHJK', '"><script>alert(1)</script>', 'x'.repeat(300)])(
    'a code that is none: %j',
    async (user_code) => {
      const { browser } = await newPerson();
      const page = await type(browser, user_code);
      expect(page.status).toBe(400);
      expect(page.text).toContain('wrong or has expired');
      expect(page.text).not.toContain('<script');
    },
  );

  test('guesses of a person are limited, whatever browser they use', async () => {
    const { browser, username } = await newPerson();
    for (let guess = 0; guess < 20; guess++) await type(browser, 'BCDF-GHJK');
    const { user_code } = (await begin()).body;
    const elsewhere = openBrowser(auth);
    await elsewhere.signIn(await elsewhere.open('/sign-in'), username);
    const refused = await type(elsewhere, user_code);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([
      429,
      expect.stringMatching(/^\d+$/),
    ]);
  });
});

describe('races and endings', () => {
  test('two requests at once get one set of tokens', async () => {
    const { browser, id } = await newPerson();
    for (let round = 0; round < 5; round++) {
      const { device_code, user_code } = (await begin()).body;
      await allow(browser, user_code);
      const outcomes = await Promise.all([1, 2, 3].map(() => errorOf(device_code)));
      expect(outcomes.sort()).toEqual(['400 invalid_grant', '400 invalid_grant', 'none']);
    }
    expect(await auth.db.session.count({ where: { userId: id } })).toBe(5);
  });

  test('of allow and deny at once one is done, and the device is told that one', async () => {
    const { browser } = await newPerson();
    for (let round = 0; round < 5; round++) {
      const { device_code, user_code } = (await begin()).body;
      const page = await type(browser, user_code);
      const [allowed, denied] = await Promise.all(
        ['allow', 'deny'].map((decision) => decide(browser, page, decision, user_code)),
      );
      expect([allowed?.status, denied?.status].sort()).toEqual([200, 400]);
      const expected = allowed?.status === 200 ? 'none' : '400 access_denied';
      expect(await errorOf(device_code)).toBe(expected);
      clock.forwardSeconds(600);
    }
  });

  test.each<[string, (token: string, id: number) => Promise<unknown>]>([
    ['ends all sessions', (token) => auth.request('DELETE /sessions', { token })],
    [
      'changes the password',
      (token) =>
        auth.request('PUT /users/me/password', {
          token,
          json: { currentPassword: PASSWORD, newPassword: 'a-new-lock-on-the-door' },
        }),
    ],
    [
      'deletes the account',
      (token) => auth.request('DELETE /users/me', { token, json: { currentPassword: PASSWORD } }),
    ],
    [
      'is deactivated',
      async (_, id) =>
        auth.request(`PATCH /admin/users/${id}`, {
          token: await auth.adminToken(),
          json: { active: false },
        }),
    ],
  ])('a person who %s: what was allowed before is allowed no more', async (_, act) => {
    const { browser, username, id } = await newPerson();
    const { access_token } = (await auth.login(username)).body;
    const { device_code, user_code } = (await begin()).body;
    await allow(browser, user_code);
    await act(access_token, id);
    expect(await errorOf(device_code)).toBe('400 access_denied');
    expect(await auth.db.deviceAuthorization.count({ where: { userId: id } })).toBe(0);
  });

  test('ending all sessions while a device comes for its tokens leaves it none', async () => {
    const { browser, username, id } = await newPerson();
    for (let round = 0; round < 4; round++) {
      const { access_token: token } = (await auth.login(username)).body;
      if (round > 0) await browser.signIn(await browser.open('/sign-in'), username);
      const { device_code, user_code } = (await begin()).body;
      await allow(browser, user_code);
      const [, ended] = await Promise.all([
        poll(device_code),
        auth.request('DELETE /sessions', { token }),
      ]);
      expect(ended.status).toBe(204);
      expect(await auth.db.session.count({ where: { userId: id, endedAt: null } })).toBe(0);
      expect(await errorOf(device_code)).not.toBe('none');
      clock.forwardSeconds(600);
    }
  });

  test('signing out in the browser leaves the device signed in', async () => {
    const { browser } = await newPerson();
    const { device_code, user_code } = (await begin()).body;
    await allow(browser, user_code);
    await browser.submit(await browser.get('/logout'), {});
    expect(await errorOf(device_code)).toBe('none');
  });
});
