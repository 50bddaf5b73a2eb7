import { randomUUID } from 'node:crypto';
import { hashOf } from '@latchkey/service-kit/http/secrets';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, ISSUER, PASSWORD, startAuthService, testClock } from './harness.ts';
import {
  addHostedClients,
  answerOf,
  authorizeUrl,
  CALLBACK,
  newPkce,
  openBrowser,
} from './hosted-browser.ts';
import { SECRET } from './test-clients.ts';

/*
 * What the basic plan of the OpenID Foundation's conformance suite and the FAPI 2.0 Security Profile
 * ask for, and no other test has; docs/openid.md lists all of it.
 */

const clock = testClock();
let auth: AuthService;
let privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
beforeAll(async () => {
  auth = await startAuthService({ now: clock.now, env: { JWT_ALG: 'RS256' } });
  await addHostedClients(auth);
  const keys = await generateKeyPair('PS256');
  privateKey = keys.privateKey;
  const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), alg: 'PS256', kid: 'one' }] };
  for (const authentication of [
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
  ] as const) {
    await auth.store.clients.create({
      id: authentication.replaceAll('_', '-'),
      name: authentication,
      authentication,
      secretHash: hashOf(SECRET),
      jwks: authentication === 'private_key_jwt' ? jwks : undefined,
      grantTypes: ['authorization_code', 'refresh_token'],
      scopes: [],
      redirectUris: [CALLBACK],
      firstParty: true,
    });
  }
});
afterAll(() => auth.stop());

type Form = Record<string, string>;

async function assertion(claims: object = {}): Promise<Form> {
  const id = 'private-key-jwt';
  const nowSeconds = Math.floor(clock.now() / 1000);
  const payload = {
    iss: id,
    sub: id,
    aud: ISSUER,
    jti: randomUUID(),
    exp: nowSeconds + 60,
    ...claims,
  };
  const client_assertion = await new SignJWT(payload)
    .setProtectedHeader({ alg: 'PS256', kid: 'one' })
    .sign(privateKey);
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  return { client_assertion, client_assertion_type: type };
}

const basic = {
  Authorization: `Basic ${btoa(`client-secret-basic:${encodeURIComponent(SECRET)}`)}`,
};

/** A code, from a browser where the person signs in unless they are. */
async function newCode(
  given: Record<string, string | undefined> = {},
  browser = openBrowser(auth),
) {
  const { verifier, challenge } = newPkce();
  const first = await browser.open(authorizeUrl({ code_challenge: challenge, ...given }));
  const page = answerOf(first).code ? first : await browser.signIn(first);
  return { browser, page, answer: answerOf(page), verifier };
}

function redeem(
  code = '',
  verifier: string,
  { form = {}, headers = {} }: { form?: Form; headers?: Form } = {},
) {
  const grant = { grant_type: 'authorization_code', redirect_uri: CALLBACK, client_id: 'our-app' };
  return auth.request('POST /token', {
    form: { ...grant, code, code_verifier: verifier, ...form },
    headers,
  });
}

async function tokensFor(
  given: Record<string, string | undefined> = {},
  browser = openBrowser(auth),
) {
  const { answer, verifier } = await newCode(given, browser);
  const answered = await redeem(answer.code, verifier);
  return { ...answered, claims: () => decodeJwt(answered.body.id_token) };
}

test('the answer of the token endpoint is for this client and for nobody to keep', async () => {
  const { status, headers, body, claims } = await tokensFor({ scope: 'openid' });
  expect([status, headers.get('cache-control'), headers.get('pragma')]).toEqual([
    200,
    'no-store',
    'no-cache',
  ]);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(body).toMatchObject({ token_type: expect.stringMatching(/^bearer$/i), expires_in: 1_200 });
  expect(decodeProtectedHeader(body.id_token)).toMatchObject({
    alg: 'RS256',
    kid: expect.any(String),
  });
  const nowSeconds = Math.floor(clock.now() / 1000);
  expect(claims()).toMatchObject({ iss: ISSUER, aud: 'our-app', sub: 'wangerge', iat: nowSeconds });
  expect((claims().sub ?? '').length).toBeLessThanOrEqual(255);
});

test.each<[string, Record<string, string | undefined>]>([
  ['display=page', { display: 'page' }],
  ['display=popup', { display: 'popup' }],
  ['ui_locales', { ui_locales: 'se' }],
  ['claims_locales', { claims_locales: 'se' }],
  ['acr_values', { acr_values: '1 2' }],
  ['login_hint', { login_hint: 'wangerge' }],
  ['claims that are essential', { claims: '{"userinfo":{"name":{"essential":true}}}' }],
  ['a parameter that nobody knows', { extra: 'foobar' }],
  ['no nonce', { nonce: undefined }],
  ['a nonce of 64 characters', { nonce: 'n'.repeat(64) }],
  ['no state', { state: undefined }],
  ['scopes in another order', { scope: 'todo:read profile openid' }],
])('a request with %s succeeds', async (_name, given) => {
  const { status, claims } = await tokensFor({ scope: 'openid profile', ...given });
  expect(status).toBe(200);
  expect(claims().nonce).toBe(given.nonce);
});

test('userinfo by GET and by POST, the token in the header', async () => {
  const { body } = await tokensFor({ scope: 'openid profile' });
  const token = body.access_token as string;
  for (const method of ['GET', 'POST']) {
    const info = await auth.request(`${method} /userinfo`, { token });
    expect([info.status, info.body.sub, info.body.preferred_username]).toEqual([
      200,
      'wangerge',
      'wangerge',
    ]);
  }
  expect((await auth.request('POST /userinfo', { form: { access_token: token } })).status).toBe(
    401,
  );
});

test('prompt=none: not signed in is an error, signed in the same person and time', async () => {
  const stranger = await openBrowser(auth).open(authorizeUrl({ prompt: 'none' }));
  expect(answerOf(stranger)).toMatchObject({
    error: 'login_required',
    iss: ISSUER,
    state: 'the-state',
  });
  const browser = openBrowser(auth);
  const first = (await tokensFor({ scope: 'openid' }, browser)).claims();
  clock.forwardSeconds(90);
  const second = (await tokensFor({ scope: 'openid', prompt: 'none' }, browser)).claims();
  expect([second.sub, second.auth_time]).toEqual([first.sub, first.auth_time]);
});

test('prompt=login and max_age=1: a later auth_time; max_age=10000: the same', async () => {
  const browser = openBrowser(auth);
  const first = (await tokensFor({ scope: 'openid' }, browser)).claims();
  clock.forwardSeconds(2);
  const kept = (await tokensFor({ scope: 'openid', max_age: '10000' }, browser)).claims();
  const aged = (await tokensFor({ scope: 'openid', max_age: '1' }, browser)).claims();
  clock.forwardSeconds(2);
  const anew = (await tokensFor({ scope: 'openid', prompt: 'login' }, browser)).claims();
  const firstAt = first.auth_time as number;
  expect([kept, aged, anew].map(({ auth_time }) => (auth_time as number) - firstAt)).toEqual([
    0, 2, 4,
  ]);
  expect(anew.sub).toBe(first.sub);
});

test('a code that comes again after 30 seconds ends what it gave', async () => {
  const { answer, verifier } = await newCode();
  const { access_token: token } = (await redeem(answer.code, verifier)).body;
  clock.forwardSeconds(30);
  expect((await redeem(answer.code, verifier)).body.error).toBe('invalid_grant');
  expect((await auth.request('GET /userinfo', { token })).status).toBe(401);
});

test('a code is traded by secret in the header, in the form, or by signed assertion, and not without', async () => {
  const ways: [string, { form?: Form; headers?: Form }][] = [
    ['client-secret-basic', { headers: basic }],
    ['client-secret-post', { form: { client_secret: SECRET } }],
    ['private-key-jwt', { form: await assertion() }],
  ];
  for (const [client_id, proof] of ways) {
    const { answer, verifier } = await newCode({ client_id });
    const bare = await redeem(answer.code, verifier, { form: { client_id } });
    expect([client_id, bare.status, bare.body.error]).toEqual([client_id, 401, 'invalid_client']);
    const form = { client_id, ...proof.form };
    const given = await redeem(answer.code, verifier, { form, headers: proof.headers ?? {} });
    expect([client_id, given.status]).toEqual([client_id, 200]);
  }
});

test('a client that has a secret or a key pushes no request without it', async () => {
  const { challenge } = newPkce();
  const request = {
    response_type: 'code',
    redirect_uri: CALLBACK,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  };
  const push = (form: Form) => auth.request('POST /par', { form: { ...request, ...form } });
  const id = { client_id: 'private-key-jwt' };
  expect((await push(id)).body.error).toBe('invalid_client');
  expect((await push({ ...id, redirect_uri: '', ...(await assertion()) })).body.error).toBe(
    'invalid_request',
  );
  const pushed = await push({ ...id, ...(await assertion()) });
  expect([pushed.status, pushed.body.expires_in < 600]).toEqual([201, true]);
});

test.each([
  ['10 seconds in the future', 10, 200],
  ['61 seconds in the future', 61, 401],
])('an assertion whose iat and nbf are %s', async (_name, aheadSeconds, status) => {
  const client_id = 'private-key-jwt';
  const { answer, verifier } = await newCode({ client_id });
  const ahead = Math.floor(clock.now() / 1000) + aheadSeconds;
  for (const claims of [{ iat: ahead }, { nbf: ahead }]) {
    const form = { client_id, ...(await assertion({ ...claims, exp: ahead + 60 })) };
    // A code is good once: where the assertion is, the second one finds it used.
    const { body, status: given } = await redeem(answer.code, verifier, { form });
    const isIn = given === 200 || body.error === 'invalid_grant';
    expect(isIn ? 200 : given).toBe(status);
  }
});

test('after a password the browser is sent on by 303, and never by 307', async () => {
  const browser = openBrowser(auth);
  const page = await browser.open(
    authorizeUrl({
      prompt: 'login',
      client_id: 'their-app',
      redirect_uri: 'https://other.example/cb',
    }),
  );
  const answer = await browser.submit(page, { username: 'wangerge', password: PASSWORD });
  expect([answer.status, answer.location?.startsWith('/consent?')]).toEqual([303, true]);
});

test('codes and secrets have 256 bits', async () => {
  const { answer, browser } = await newCode();
  const known = new Set([
    answer.code,
    browser.cookies.get('latchkey'),
    browser.cookies.get('latchkey-browser'),
  ]);
  for (const secret of known) {
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(Buffer.from(secret ?? '', 'base64url')).toHaveLength(32);
  }
  expect(known.size).toBe(3);
});
