import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AuthService, auditTypes, PASSWORD, startAuthService, testClock } from './harness.ts';
import { answerOf, authorizeUrl, CALLBACK, newPkce, signedInPerson } from './hosted-browser.ts';
import { addReceiver, type Receiver, startReceiver, verifyLogoutToken } from './logout-receiver.ts';

const clock = testClock();
let auth: AuthService;
let app: Receiver;
let admin: string;
beforeAll(async () => {
  auth = await startAuthService({ now: clock.now });
  app = await startReceiver('told-app');
  await addReceiver(auth, app);
  await addReceiver(auth, { id: 'other-app', uri: app.uri.replace('backchannel', 'other') });
  admin = await auth.adminToken();
});
afterAll(() => Promise.all([auth.stop(), app.stop()]));
beforeEach(() => {
  app.tokens.length = 0;
});

let people = 0;

/** A new person with a browser login, and with sessions at our app: through it, and by password. */
async function personWithSessions() {
  const { id, username, browser } = await signedInPerson(auth, `person-${++people}`);
  const { verifier, challenge } = newPkce();
  const given = { client_id: app.id, code_challenge: challenge, scope: 'openid account:write' };
  const { code = '' } = answerOf(await browser.get(authorizeUrl(given)));
  const form = {
    grant_type: 'authorization_code',
    client_id: app.id,
    redirect_uri: CALLBACK,
    code,
    code_verifier: verifier,
  };
  const redeem = () => auth.request('POST /token', { form });
  const { body } = await redeem();
  await auth.login(username, { client_id: app.id });
  const sessions = await auth.db.session.findMany({
    where: { userId: id },
    orderBy: { browserLoginId: { sort: 'asc', nulls: 'last' } },
  });
  const ids = sessions.map((one) => one.id);
  return { id, username, browser, redeem, tokens: body, ids, hosted: ids[0] as string };
}

type World = Awaited<ReturnType<typeof personWithSessions>>;

const refresh = (refresh_token: string) =>
  auth.request('POST /token', {
    form: { grant_type: 'refresh_token', client_id: app.id, refresh_token },
  });

const hosted = ({ hosted }: World) => [hosted];
const all = ({ ids }: World) => ids;

test.each<[string, (world: World) => Promise<unknown>, (world: World) => string[]]>([
  [
    'sign out at the pages',
    async (w) => w.browser.submit(await w.browser.get('/logout'), {}),
    hosted,
  ],
  [
    'sign out by a client',
    (w) => w.browser.get(`/logout?id_token_hint=${w.tokens.id_token}`),
    hosted,
  ],
  [
    'another person signs in in this browser',
    async (w) =>
      w.browser.signIn(
        await w.browser.open(authorizeUrl({ client_id: app.id, prompt: 'login' })),
        'agent',
      ),
    hosted,
  ],
  [
    'end a session',
    (w) => auth.request(`DELETE /sessions/${w.hosted}`, { token: w.tokens.access_token }),
    hosted,
  ],
  ['end all', (w) => auth.request('DELETE /sessions', { token: w.tokens.access_token }), all],
  [
    'change the password',
    (w) =>
      auth.request('PUT /users/me/password', {
        token: w.tokens.access_token,
        json: { currentPassword: PASSWORD, newPassword: 'a-new-lock-on-the-door' },
      }),
    ({ ids }) => ids.slice(1),
  ],
  [
    'delete the account',
    (w) =>
      auth.request('DELETE /users/me', {
        token: w.tokens.access_token,
        json: { currentPassword: PASSWORD },
      }),
    all,
  ],
  [
    'an administrator ends all',
    (w) => auth.request(`DELETE /admin/users/${w.id}/sessions`, { token: admin }),
    all,
  ],
  [
    'an administrator deactivates the account',
    (w) => auth.request(`PATCH /admin/users/${w.id}`, { token: admin, json: { active: false } }),
    all,
  ],
  [
    'revoke the refresh token',
    (w) =>
      auth.request('POST /revoke', {
        form: { client_id: app.id, token: w.tokens.refresh_token },
      }),
    hosted,
  ],
  ['use a code again', (w) => w.redeem(), hosted],
  [
    'use an old refresh token again',
    async (w) => {
      const next = await refresh(w.tokens.refresh_token);
      await refresh(next.body.refresh_token);
      clock.forwardSeconds(20);
      await refresh(w.tokens.refresh_token);
    },
    hosted,
  ],
])('%s: the client is told within a second, of those sessions alone', async (_, act, ended) => {
  const world = await personWithSessions();
  await act(world);
  const expected = ended(world).toSorted();
  await app.received(expected.length);
  expect(app.sessions().toSorted()).toEqual(expected);
  for (const token of app.tokens) {
    const { payload } = await verifyLogoutToken(auth, token, app.id);
    expect(payload.sub).toBe(world.username);
  }
  // Nothing is left to be sent.
  await expect.poll(() => auth.db.logoutNotice.count()).toBe(0);
  expect(app.tokens).toHaveLength(expected.length);
});

test('a logout token has what the specification names, and no nonce', async () => {
  const { browser, hosted } = await personWithSessions();
  await browser.submit(await browser.get('/logout'), {});
  await app.received(1);
  const { payload, protectedHeader } = await verifyLogoutToken(auth, app.tokens[0] ?? '', app.id);
  expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'logout+jwt', kid: expect.any(String) });
  const { iat = 0, exp, ...claims } = payload;
  expect(exp).toBe(iat + 120);
  expect(claims).toEqual({
    iss: 'http://localhost:8080',
    aud: app.id,
    sub: `person-${people}`,
    sid: hosted,
    jti: expect.stringMatching(/^[\da-f-]{36}$/),
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  });
});

test('it is no access token anywhere here', async () => {
  const { browser } = await personWithSessions();
  await browser.submit(await browser.get('/logout'), {});
  await app.received(1);
  const token = app.tokens[0] ?? '';
  expect((await auth.request('GET /users/me', { token })).status).toBe(401);
});

test('a session at another client is that client’s alone to know', async () => {
  const { id } = await personWithSessions();
  await auth.login(`person-${people}`, { client_id: 'other-app' });
  const other = await auth.db.session.findFirstOrThrow({
    where: { userId: id, clientId: 'other-app' },
  });
  const { access_token: token } = (await auth.login(`person-${people}`)).body;
  await auth.request(`DELETE /sessions/${other.id}`, { token });
  await app.received(1);
  expect(app.paths.at(-1)).toBe('/other');
  await verifyLogoutToken(auth, app.tokens[0] ?? '', 'other-app');
});

test('registered and changed by administrators, and said in the metadata', async () => {
  const json = {
    client_id: 'garden-planner',
    name: 'Garden Planner',
    authentication: 'none',
    grant_types: ['authorization_code'],
    redirect_uris: ['https://garden.example/callback'],
    scopes: ['openid'],
    backchannel_logout_uri: 'https://garden.example/logout',
    backchannel_logout_session_required: true,
  };
  const made = await auth.request('POST /admin/clients', { token: admin, json });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    backchannel_logout_uri: 'https://garden.example/logout',
    backchannel_logout_session_required: true,
  });
  const change = (body: object) =>
    auth.request('PATCH /admin/clients/garden-planner', { token: admin, json: body });
  for (const uri of [
    'http://garden.example/logout',
    'https://garden.example/#a',
    'ftp://x.example',
  ]) {
    const { status, body } = await change({ backchannel_logout_uri: uri });
    expect([uri, status, body.code]).toEqual([uri, 400, 'invalid_request']);
  }
  const none = await change({ backchannel_logout_uri: null });
  expect([none.status, none.body.backchannel_logout_uri]).toEqual([200, null]);
  const { body } = await auth.request('GET /.well-known/openid-configuration');
  expect(body).toMatchObject({
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
  });
  expect(await auditTypes(auth, 'client.')).toEqual(['client.created', 'client.changed']);
});
