import { hashOf } from '@latchkey/service-kit/http/secrets';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, ISSUER, PASSWORD, startAuthService } from './harness.ts';
import { addClients, SECRET, TOKEN_EXCHANGE } from './test-clients.ts';

let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService();
  await addClients(auth);
  await auth.store.clients.create({
    id: 'exchanger',
    name: 'A service',
    authentication: 'client_secret_post',
    secretHash: hashOf(SECRET),
    jwks: undefined,
    grantTypes: [TOKEN_EXCHANGE],
    scopes: ['todo:read', 'tickets:read'],
    redirectUris: [],
    firstParty: false,
    audience: 'support-service',
  });
});
afterAll(() => auth.stop());

type Form = Record<string, string>;

const ask = (form: Form) => auth.request('POST /token', { form });
const broad = async () => (await auth.login('wangerge')).body;
const grants: [string, () => Promise<Form>][] = [
  ['password', async () => ({ username: 'wangerge', password: PASSWORD })],
  [
    'refresh_token',
    async () => ({ grant_type: 'refresh_token', refresh_token: (await broad()).refresh_token }),
  ],
  [
    'client_credentials',
    async () => ({
      grant_type: 'client_credentials',
      client_id: 'post-client',
      client_secret: SECRET,
    }),
  ],
  [
    'token exchange',
    async () => ({
      grant_type: TOKEN_EXCHANGE,
      client_id: 'exchanger',
      client_secret: SECRET,
      subject_token: (await broad()).access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    }),
  ],
];

test.each(grants)('%s: resource makes it a token of one service', async (_, grant) => {
  for (const resource of [`${ISSUER}/todo`, `${ISSUER}/todo/1?x=1`]) {
    const { status, body } = await ask({ ...(await grant()), resource });
    expect(status).toBe(200);
    expect(decodeJwt(body.access_token)).toMatchObject({
      aud: ['todo-service'],
      scope: body.scope,
    });
    expect(body.scope).toMatch(/^todo:read( todo:write)?$/);
  }
});

test.each(grants)('%s: a resource of no service, or none of its scopes', async (_, grant) => {
  for (const [more, error] of [
    [{ resource: `${ISSUER}/todos` }, 'invalid_target'],
    [{ resource: 'https://elsewhere.example/todo' }, 'invalid_target'],
    [{ resource: `${ISSUER}/todo#x` }, 'invalid_target'],
    [{ resource: 'todo-service' }, 'invalid_target'],
    [{ resource: `${ISSUER}/todo`, scope: 'account:read' }, 'invalid_scope'],
  ] as const) {
    const { status, body } = await ask({ ...(await grant()), ...more });
    expect([more, status, body.error]).toEqual([more, 400, error]);
  }
});

test('a refresh with resource narrows this token only: one login, a token for each service', async () => {
  let session = await broad();
  const whole = session.scope;
  const refresh = async (more: Form = {}) => {
    const form = { grant_type: 'refresh_token', refresh_token: session.refresh_token, ...more };
    session = (await ask(form)).body;
    return decodeJwt(session.access_token).aud;
  };
  expect(await refresh({ resource: `${ISSUER}/todo` })).toEqual(['todo-service']);
  expect(await refresh({ resource: `${ISSUER}/tickets` })).toEqual(['support-service']);
  expect(await refresh()).toHaveLength(3);
  expect(session.scope).toBe(whole);
});

test('a login with resource: its refreshes stay at that service', async () => {
  const { refresh_token } = (await auth.login('wangerge', { resource: `${ISSUER}/todo` })).body;
  const form = { grant_type: 'refresh_token', refresh_token };
  const { body } = await ask(form);
  expect(decodeJwt(body.access_token).aud).toEqual(['todo-service']);
  const away = { ...form, refresh_token: body.refresh_token, resource: `${ISSUER}/tickets` };
  expect((await ask(away)).body.error).toBe('invalid_scope');
});
