import { type CryptoKey, decodeJwt, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, auditTypes, ISSUER, PASSWORD, startAuthService } from './harness.ts';
import { addClients, SECRET, TOKEN_EXCHANGE } from './test-clients.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

let auth: AuthService;
let privateKey: CryptoKey;
beforeAll(async () => {
  auth = await startAuthService();
  ({ privateKey } = await addClients(auth));
});
afterAll(() => auth.stop());

type Form = Record<string, string>;
const post = (form: Form, headers: Form = {}, path = '/token') =>
  auth.request(`POST ${path}`, { form, headers });
const basic = (id: string, secret: string) => ({
  authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`,
});
const own = { grant_type: 'client_credentials' };

const assertion = (claims: object = {}, key = privateKey, expires = '60s') =>
  new SignJWT({
    iss: 'support-service',
    sub: 'support-service',
    aud: ISSUER,
    jti: crypto.randomUUID(),
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(key);
const signed = async (claims?: object, key?: CryptoKey, expires?: string): Promise<Form> => ({
  client_assertion_type: JWT_BEARER,
  client_assertion: await assertion(claims, key, expires),
});
const exchange = async (subject_token: string, more: Form = {}) =>
  post({
    grant_type: TOKEN_EXCHANGE,
    subject_token,
    subject_token_type: ACCESS_TOKEN,
    audience: 'todo-service',
    ...(await signed()),
    ...more,
  });
const login = async (more: Form = {}) => (await auth.login('wangerge', more)).body;

test('client_credentials 200: basic and post; no person, no refresh token', async () => {
  const answers = [
    await post(own, basic('basic-client', SECRET)),
    await post({ ...own, client_id: 'post-client', client_secret: SECRET }),
  ];
  for (const [i, { status, body }] of answers.entries()) {
    expect(status).toBe(200);
    expect(body.refresh_token).toBeUndefined();
    expect(body.scope).toBe('account:read todo:read');
    const claims = decodeJwt(body.access_token);
    expect(claims.sub).toBe(['basic-client', 'post-client'][i]);
    expect(claims.id).toBeUndefined();
    expect(claims.aud).toEqual(['auth-service', 'todo-service']);
    const me = await auth.request('GET /users/me', { token: body.access_token });
    expect([me.status, me.body.code]).toEqual([403, 'person_required']);
  }
});

test.each([
  ['a wrong secret', own, basic('basic-client', 'wrong')],
  ['an unknown client', own, basic('nobody', SECRET)],
  [
    'the method of another client',
    { ...own, client_id: 'basic-client', client_secret: SECRET },
    {},
  ],
  ['no secret', { ...own, client_id: 'basic-client' }, {}],
])('401 invalid_client: %s', async (_name, form, headers) => {
  const answer = await post(form as Form, headers as Form);
  expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
  expect(answer.headers.get('www-authenticate')).toMatch(/^(Basic|Bearer) realm="auth-service"$/);
});

test('400: two ways at once, and two names', async () => {
  const both = { ...own, client_id: 'basic-client', client_secret: SECRET };
  const headers = basic('basic-client', SECRET);
  expect((await post(both, headers)).body.error).toBe('invalid_request');
  expect((await post({ ...own, client_id: 'other' }, headers)).body.error).toBe('invalid_request');
});

const stale = { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' };

test('200: an Authorization of another scheme says nothing of the client', async () => {
  const password = { username: 'wangerge', password: PASSWORD };
  for (const authorization of [stale.authorization, 'Digest username="x"', 'Basics eDp5', '']) {
    const { status, body } = await post(password, { authorization });
    expect([authorization, status]).toEqual([authorization, 200]);
    const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
    const next = await post(refresh, { authorization });
    expect([authorization, next.status]).toEqual([authorization, 200]);
    const token = next.body.refresh_token;
    expect((await post({ token }, { authorization }, '/revoke')).status).toBe(200);
  }
  const byPost = { ...own, client_id: 'post-client', client_secret: SECRET };
  expect((await post(byPost, stale)).status).toBe(200);
  const { access_token: token } = await login();
  const asked = await post({ token, ...(await signed()) }, stale, '/introspect');
  expect(asked.body.active).toBe(true);
});

test('401 with Basic: another scheme in place of the credentials of a confidential client', async () => {
  const forms: [string, Form][] = [
    ['/token', { ...own, client_id: 'basic-client' }],
    ['/revoke', { token: 'x', client_id: 'basic-client' }],
    ['/introspect', { token: 'x', client_id: 'support-service' }],
  ];
  for (const [path, form] of forms) {
    const { status, headers, body } = await post(form, stale, path);
    expect([path, status, body.error]).toEqual([path, 401, 'invalid_client']);
    expect(headers.get('www-authenticate')).toBe('Basic realm="auth-service"');
  }
});

test.each(['Basic', 'Basic ', 'Basic *', 'basic eA', `Basic ${btoa('no-colon')}`])(
  '400: %s is no Basic credentials',
  async (authorization) => {
    const password = { username: 'wangerge', password: PASSWORD };
    const { status, body } = await post(password, { authorization });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  },
);

test('400 unauthorized_client: a grant that the client may not use', async () => {
  const password = { username: 'wangerge', password: PASSWORD, client_id: 'foreign-app' };
  expect((await post(password)).body.error).toBe('unauthorized_client');
  for (const grant_type of ['client_credentials', TOKEN_EXCHANGE]) {
    const { body } = await post({ grant_type, client_id: 'foreign-app' });
    expect(body.error).toBe('unauthorized_client');
  }
});

test('exchange 200: for the person, narrower, no longer, and it says who acts', async () => {
  const { access_token } = await login();
  const { status, body } = await exchange(access_token);
  expect(status).toBe(200);
  expect(body).toMatchObject({ issued_token_type: ACCESS_TOKEN, scope: 'todo:read' });
  expect(body.refresh_token).toBeUndefined();
  const [before, after] = [decodeJwt(access_token), decodeJwt(body.access_token)];
  expect(after).toMatchObject({
    sub: 'wangerge',
    id: 1,
    aud: ['todo-service'],
    client_id: 'support-service',
    act: { sub: 'support-service' },
    sid: before.sid,
  });
  expect(after.exp).toBeLessThanOrEqual(before.exp as number);
  expect(await auditTypes(auth, 'token.exchanged')).toContain('token.exchanged');
});

test('exchange: refused beyond what person, token, client and audience allow', async () => {
  const all = (await login()).access_token;
  const scope = async (more: Form, token = all) => (await exchange(token, more)).body.error;
  expect(await scope({ scope: 'todo:write' })).toBe('invalid_scope');
  expect(await scope({ audience: 'auth-service' })).toBe('invalid_scope');
  expect(await scope({ audience: 'elsewhere' })).toBe('invalid_target');
  expect(await scope({ audience: '' })).toBe('invalid_request');
  expect(await scope({ subject_token_type: 'urn:x' })).toBe('invalid_request');
  const support = Object.fromEntries([['scope', 'tickets:read tickets:write']]);
  const narrow = (await login(support)).access_token;
  expect(await scope({}, narrow)).toBe('invalid_scope');
  const elsewhere = (await login({ scope: 'todo:read' })).access_token;
  expect(await scope({}, elsewhere)).toBe('invalid_grant');
  expect(await scope({}, 'not-a-token')).toBe('invalid_grant');
});

test('exchange: over with the session, and with the account', async () => {
  const { access_token } = await login();
  await auth.request('DELETE /sessions', { token: access_token });
  expect((await exchange(access_token)).body.error).toBe('invalid_grant');
});

test('private_key_jwt: an assertion is good once, and only as it should be', async () => {
  const { access_token } = await login();
  const once = await signed();
  expect((await exchange(access_token, once)).status).toBe(200);
  const { privateKey: stranger } = await generateKeyPair('ES256');
  const bad: Form[] = [
    once,
    await signed({}, stranger),
    await signed({ aud: 'https://elsewhere.example' }),
    await signed({ iss: 'basic-client' }),
    await signed({ sub: 'nobody' }),
    await signed({ jti: undefined }),
    await signed({}, privateKey, '-1s'),
    await signed({}, privateKey, '1h'),
    { ...once, client_assertion: 'x.y.z' },
    { ...once, client_assertion_type: 'urn:x' },
  ];
  for (const form of bad) {
    const { status, body } = await exchange(access_token, form);
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  }
});

test('revoke: 200 for anything; a refresh token takes its session along', async () => {
  const mine = await login();
  expect((await post({ token: 'unknown' }, {}, '/revoke')).status).toBe(200);
  expect(
    (await post({ token: mine.refresh_token, client_id: 'foreign-app' }, {}, '/revoke')).status,
  ).toBe(200);
  const again = { grant_type: 'refresh_token', refresh_token: mine.refresh_token };
  const next = (await post(again)).body;
  expect(next.refresh_token).toBeDefined();
  expect((await post({ token: next.refresh_token }, {}, '/revoke')).status).toBe(200);
  const ended = { grant_type: 'refresh_token', refresh_token: next.refresh_token };
  expect((await post(ended)).body.error).toBe('invalid_grant');
  expect((await post({}, {}, '/revoke')).body.error).toBe('invalid_request');
});

test('introspect: services only, about tokens that were meant for them', async () => {
  const { access_token: token } = await login();
  const ask = async (text: string, more?: Form) =>
    post({ token: text, ...(more ?? (await signed())) }, {}, '/introspect');
  const { status, body } = await ask(token);
  expect(status).toBe(200);
  expect(body).toMatchObject({ active: true, sub: 'wangerge', username: 'wangerge', id: 1 });
  const refused = await ask(token, { client_id: 'latchkey-web' });
  expect([refused.status, refused.body.error]).toEqual([401, 'invalid_client']);
  expect((await ask('nonsense')).body).toEqual({ active: false });
  const elsewhere = (await login({ scope: 'todo:read' })).access_token;
  expect((await ask(elsewhere)).body).toEqual({ active: false });
  await post({ token }, {}, '/revoke');
  expect((await ask(token)).body).toEqual({ active: false });
});

test('introspect: by the account, the session and the client as they are now', async () => {
  const { access_token: token } = (await auth.login('agent')).body;
  const ask = async () => (await post({ token, ...(await signed()) }, {}, '/introspect')).body;
  const where = { username: 'agent' };
  const set = (data: object) => auth.db.user.update({ where, data });
  expect(await ask()).toMatchObject({ active: true, roles: ['user', 'agent'] });
  await set({ roles: ['user'] });
  expect(await ask()).toMatchObject({ active: true, roles: ['user'] });
  for (const end of ['deactivatedAt', 'deletedAt']) {
    await set({ [end]: new Date() });
    expect(await ask()).toEqual({ active: false });
    await set({ [end]: null });
  }
  const disable = (disabledAt: Date | null) =>
    auth.db.client.update({ where: { id: 'latchkey-web' }, data: { disabledAt } });
  await disable(new Date());
  expect(await ask()).toEqual({ active: false });
  await disable(null);
  expect((await ask()).active).toBe(true);
  await auth.request('DELETE /sessions', { token });
  expect(await ask()).toEqual({ active: false });
});

test('exchange: refused for a deactivated person, regardless of the token', async () => {
  const { access_token } = (await auth.login('agent')).body;
  expect((await exchange(access_token)).status).toBe(200);
  const where = { username: 'agent' };
  await auth.db.user.update({ where, data: { deactivatedAt: new Date() } });
  expect((await exchange(access_token)).body.error).toBe('invalid_grant');
  await auth.db.user.update({ where, data: { deactivatedAt: null } });
});
