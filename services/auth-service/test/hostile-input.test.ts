import { hashOf } from '@latchkey/service-kit/http/secrets';
import { hostileClaims } from '@latchkey/service-kit/testing/hostile-values';
import { walkHostileClaims, walkHostileInput } from '@latchkey/service-kit/testing/hostile-walk';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEVICE_CODE } from '../src/clients/grant-types.ts';
import { type AuthService, type Env, ISSUER, PASSWORD, startAuthService } from './harness.ts';
import { addClients, SECRET, TOKEN_EXCHANGE } from './test-clients.ts';

const NO_LIMITS: Env = {
  LOGIN_FREE_FAILURES: '1000',
  LOGIN_FAILURES_PER_ACCOUNT: '100000',
  LOGIN_FAILURES_PER_ADDRESS: '100000',
  REGISTRATIONS_PER_ADDRESS: '1000000',
  REFRESHES_PER_ADDRESS: '1000000',
  PUSHED_REQUESTS_PER_ADDRESS: '1000000',
  MAIL_REQUESTS_PER_ADDRESS: '1000000',
  MAILS_PER_ACCOUNT: '1000',
  DEVICE_REQUESTS_PER_ADDRESS: '1000000',
  HASH_QUEUE: '10000',
};

let auth: AuthService;
let privateKey: Awaited<ReturnType<typeof addClients>>['privateKey'];
beforeAll(async () => {
  auth = await startAuthService({ env: NO_LIMITS });
  ({ privateKey } = await addClients(auth));
  await auth.store.clients.create({ ...exchanger, secretHash: hashOf(SECRET) });
  await auth.store.clients.create(hosted);
});
afterAll(() => auth.stop());

/** A service that authenticates with a secret, so that all of its requests can be alike. */
const exchanger = {
  id: 'exchanger',
  name: 'A service',
  authentication: 'client_secret_post',
  jwks: undefined,
  grantTypes: [TOKEN_EXCHANGE, 'client_credentials'],
  scopes: ['todo:read'],
  redirectUris: [],
  firstParty: false,
  audience: 'support-service',
} as const satisfies Partial<Parameters<AuthService['store']['clients']['create']>[0]>;
/** An app of others whose people sign in at the hosted pages. */
const hosted = {
  id: 'hosted',
  name: 'Hosted',
  authentication: 'none',
  secretHash: null,
  jwks: undefined,
  grantTypes: ['authorization_code', DEVICE_CODE],
  scopes: ['todo:read'],
  redirectUris: ['https://app.example/done'],
  firstParty: false,
  audience: null,
} as const satisfies Partial<Parameters<AuthService['store']['clients']['create']>[0]>;
const asExchanger = { client_id: exchanger.id, client_secret: SECRET };

const token = async (username: string, scope: string) =>
  (await auth.login(username, { scope })).body.access_token as string;

const tokens = {
  person: () => token('wangerge', 'account:read account:write'),
  admin: () => token('admin', 'admin'),
};

const expectAnswers = (answers: Record<number, number>, statuses: number[]) => {
  for (const status of statuses) {
    expect(answers[status] ?? 0, `answers with status ${status}`).toBeGreaterThan(0);
  }
};

const FORMS = new Set(['/token', '/par', '/device_authorization', '/revoke', '/introspect']);
/** Its answer has no end. */
const STREAM = '/status-lists/events';

test('no input of any route of JSON is an error of ours', async () => {
  const { body: document } = await auth.request('GET /openapi.json');
  const paths = Object.entries<object>(document.paths).filter(
    ([path]) => !FORMS.has(path) && path !== STREAM,
  );
  const { id: userId } = await auth.db.user.findUniqueOrThrow({ where: { username: 'agent' } });
  const { answers, faults } = await walkHostileInput({
    url: auth.url,
    document: { ...document, paths: Object.fromEntries(paths) },
    tokens,
    samples: {
      id: userId,
      'DELETE /admin/users/{id} id': 2_147_483_647,
      'DELETE /sessions/{id} id': crypto.randomUUID(),
      username: 'newcomer',
      password: 'a long new password',
      currentPassword: 'not their password',
      newPassword: 'another long password',
      'PATCH /users/me email': null,
      client_id: null,
      authentication: 'private_key_jwt',
      jwks: { keys: [{ kty: 'EC', alg: 'ES256', crv: 'P-256', x: 'AA', y: 'AA' }] },
      grant_types: ['client_credentials'],
      scopes: ['todo:read'],
      redirect_uris: ['https://app.example/done'],
      'PUT /admin/resources/{name} name': 'elsewhere',
      'PUT /admin/resources/{name} audience': 'https://elsewhere.example',
      'PUT /admin/resources/{name} scopes': { 'elsewhere:read': 'Read' },
      'PUT /admin/resources/{name} roles': { reader: 'Reads' },
      'DELETE /admin/resources/{name} name': 'nowhere',
    },
  });
  expect(faults).toEqual([]);
  expectAnswers(answers, [200, 201, 204, 400, 401, 403, 404, 409, 413, 415]);
}, 240_000);

const FORM_TYPE = 'application/x-www-form-urlencoded';

/** A walk of one form by these parameters, in place of the documented ones. */
async function walkForm(path: string, names: string[], samples: Record<string, string | null>) {
  const assertions = await Promise.all(hostileJtis.map((jti) => assertion({ jti })));
  const properties = Object.fromEntries(names.map((name) => [name, {}]));
  const content = { [FORM_TYPE]: { schema: { properties } } };
  return walkHostileInput({
    url: auth.url,
    document: { paths: { [path]: { post: { security: [], requestBody: { content } } } } },
    tokens: {},
    values: { client_assertion: assertions },
    samples,
  });
}

const hostileJtis = ['\0', 'a\0', '\ud800', 'x'.repeat(5_000), '', 1, {}, [], ['\0'], null, true];

/** Its signature is good. */
const assertion = (claims: Record<string, unknown> = {}) =>
  new SignJWT({ jti: crypto.randomUUID(), ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer('support-service')
    .setSubject('support-service')
    .setAudience(ISSUER)
    .setExpirationTime('1m')
    .sign(privateKey);

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const CLIENT = ['client_id', 'client_secret', 'client_assertion_type', 'client_assertion'];

type Form = [
  name: string,
  path: string,
  names: string[],
  samples: () => Promise<Record<string, string>>,
  statuses: number[],
];

const forms: Form[] = [
  [
    'a password',
    '/token',
    ['grant_type', 'username', 'password', 'scope', 'client_id'],
    async () => ({ username: 'wangerge', password: 'not their password' }),
    [400, 401, 413, 415],
  ],
  [
    'a refresh token',
    '/token',
    ['refresh_token', 'scope', 'resource', 'client_id'],
    async () => ({ grant_type: 'refresh_token', refresh_token: `rt_${'A'.repeat(43)}` }),
    [400, 401],
  ],
  [
    'an authorization code',
    '/token',
    ['code', 'redirect_uri', 'code_verifier', 'client_id'],
    async () => ({
      grant_type: 'authorization_code',
      client_id: 'hosted',
      code: 'c'.repeat(43),
      code_verifier: 'v'.repeat(43),
      redirect_uri: 'https://app.example/done',
    }),
    [400, 401],
  ],
  [
    'a pushed request',
    '/par',
    [
      ...['response_type', 'client_id', 'client_secret', 'redirect_uri', 'code_challenge', 'scope'],
      ...['code_challenge_method', 'state', 'nonce', 'resource', 'prompt', 'max_age', 'login_hint'],
      ...['ui_locales', 'acr_values', 'id_token_hint'],
    ],
    async () => ({
      response_type: 'code',
      client_id: 'hosted',
      redirect_uri: 'https://app.example/done',
      code_challenge: 'c'.repeat(43),
      code_challenge_method: 'S256',
    }),
    [201, 400, 401],
  ],
  [
    'a device',
    '/device_authorization',
    ['client_id', 'client_secret', 'scope', 'resource'],
    async () => ({ client_id: 'hosted', resource: `${ISSUER}/todo/` }),
    [200, 400, 401],
  ],
  [
    'a device code',
    '/token',
    ['device_code', 'client_id'],
    async () => ({ grant_type: DEVICE_CODE, client_id: 'hosted', device_code: 'd'.repeat(43) }),
    [400, 401],
  ],
  [
    'client credentials',
    '/token',
    [...CLIENT, 'grant_type', 'scope', 'resource', 'audience', 'code', 'redirect_uri', 'nonce'],
    async () => ({ grant_type: 'client_credentials', ...asExchanger }),
    [200, 400, 401],
  ],
  [
    'an assertion',
    '/token',
    ['client_assertion_type', 'client_assertion', 'client_id', 'scope'],
    async () => ({ grant_type: 'client_credentials', client_assertion_type: JWT_BEARER }),
    [400, 401],
  ],
  [
    'an exchange',
    '/token',
    [
      ...['subject_token', 'subject_token_type', 'requested_token_type', 'actor_token'],
      ...['audience', 'resource', 'scope'],
    ],
    async () => ({
      grant_type: TOKEN_EXCHANGE,
      ...asExchanger,
      audience: 'todo-service',
      subject_token: (await auth.login('wangerge')).body.access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    }),
    [200, 400],
  ],
  [
    'a revocation',
    '/revoke',
    ['token', 'token_type_hint', ...CLIENT],
    async () => ({ token: `rt_${'A'.repeat(43)}` }),
    [200, 400, 401],
  ],
  [
    'an introspection',
    '/introspect',
    ['token', 'token_type_hint', ...CLIENT],
    async () => ({ ...asExchanger, token: 'x' }),
    [200, 400, 401],
  ],
];

test.each(forms)(
  'no input of a form is an error of ours: %s',
  async (_name, path, names, samples, statuses) => {
    const good = await samples();
    const { answers, faults } = await walkForm(
      path,
      [...new Set([...names, ...Object.keys(good)])],
      good,
    );
    expect(faults).toEqual([]);
    expectAnswers(answers, statuses);
  },
  240_000,
);

test('every member of a form that is documented is walked', async () => {
  const { body: document } = await auth.request('GET /openapi.json');
  for (const path of FORMS) {
    const { properties } = document.paths[path].post.requestBody.content[FORM_TYPE].schema;
    const walked = forms.filter(([, at]) => at === path).flatMap(([, , names]) => names);
    expect(walked, path).toEqual(expect.arrayContaining(Object.keys(properties)));
  }
});

test('an assertion is good with claims as they should be', async () => {
  const form = {
    grant_type: TOKEN_EXCHANGE,
    client_assertion_type: JWT_BEARER,
    client_assertion: await assertion(),
  };
  expect((await auth.request('POST /token', { form })).body.detail).toContain('subject_token');
});

test('no claim of a token of another holder of the secret is an error of ours', async () => {
  const secret = 'a secret of more than 32 bytes, shared by all';
  const shared = await startAuthService({
    env: { ...NO_LIMITS, JWT_ALG: 'HS256', JWT_SECRET: secret },
  });
  await shared.store.clients.create({ ...exchanger, secretHash: hashOf(SECRET) });
  const key = new TextEncoder().encode(secret);
  const sign = (claims: Record<string, unknown>) =>
    new SignJWT({
      iss: ISSUER,
      aud: ['auth-service', 'support-service'],
      sub: 'admin',
      id: 3,
      jti: crypto.randomUUID(),
      iat: Math.floor(Date.now() / 1000),
      exp: Math.floor(Date.now() / 1000) + 600,
      client_id: 'latchkey-web',
      scope: 'account:read account:write admin',
      roles: ['user', 'admin'],
      ...claims,
    })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .sign(key);
  const { answers, faults } = await walkHostileClaims({
    url: shared.url,
    sign,
    requests: {
      'GET /users/me': undefined,
      'GET /userinfo': undefined,
      'GET /sessions': undefined,
      'DELETE /sessions?keep=current': undefined,
      'PUT /users/me/password': { currentPassword: 'no', newPassword: 'a long new password' },
      'GET /admin/users/1/sessions': undefined,
      'PATCH /admin/users/2': { roles: ['user'] },
    },
  });
  const inForms: string[] = [];
  for (const claims of [...hostileClaims, { exp: 1e308 }, { exp: 253_402_300_800 }]) {
    const signed = await sign(claims);
    for (const [path, form] of [
      ['/introspect', { ...asExchanger, token: signed }],
      ['/revoke', { token: signed }],
      [
        '/token',
        {
          ...asExchanger,
          grant_type: TOKEN_EXCHANGE,
          audience: 'todo-service',
          subject_token: signed,
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        },
      ],
    ] as const) {
      const { status, text } = await shared.request(`POST ${path}`, { form });
      if (status >= 500) inForms.push(`${path} ${JSON.stringify(claims).slice(0, 80)}: ${text}`);
    }
  }
  await shared.stop();
  expect([...faults, ...inForms]).toEqual([]);
  expectAnswers(answers, [200, 204, 403]);
}, 240_000);

test('the password of a person may be anything that is no common one', async () => {
  for (const password of [
    'nul \0 in the middle',
    `e${'\u0301'.repeat(900)}`,
    '\u{1F600}'.repeat(8),
  ]) {
    const username = `any.${password.length}`;
    const json = { username, password };
    expect((await auth.request('POST /register', { json })).status).toBe(201);
    const form = { username, password };
    expect((await auth.request('POST /token', { form })).status).toBe(200);
    const other = { username, password: PASSWORD };
    expect((await auth.request('POST /token', { form: other })).status).toBe(401);
  }
});
