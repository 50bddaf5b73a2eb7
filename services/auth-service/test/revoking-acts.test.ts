import { hashOf } from '@latchkey/service-kit/http/secrets';
import { silentLog } from '@latchkey/service-kit/testing/harness';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registerServiceClients } from '../src/clients/service-clients.ts';
import { runCli } from './cli-process.ts';
import { type AuthService, ISSUER, PASSWORD, startAuthService } from './harness.ts';
import { changedPlaces, placeOf, revokedPlaces } from './issued-tokens.ts';
import { SECRET, TOKEN_EXCHANGE } from './test-clients.ts';

type Form = Record<string, string>;

let auth: AuthService;
let cases = 0;
beforeAll(async () => {
  auth = await startAuthService();
});
afterAll(() => auth.stop());

const nothing = { secretHash: hashOf(SECRET), jwks: undefined, redirectUris: [] };
const SCOPES = ['account:read', 'account:write', 'tickets:read', 'todo:read'];
const post = async (form: Form) => (await auth.request('POST /token', { form })).body;
const refresh = (refresh_token: string) => post({ grant_type: 'refresh_token', refresh_token });
const exchange = async (client_id: string, subject_token: string): Promise<string> =>
  (
    await post({
      grant_type: TOKEN_EXCHANGE,
      subject_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'todo-service',
      client_id,
      client_secret: SECRET,
    })
  ).access_token;

/** An app and a service of one case alone; both have tokens of people and the app has one for itself. */
async function addClients() {
  const app = `app-${cases}`;
  await auth.store.clients.create({
    ...nothing,
    id: app,
    name: 'An app',
    authentication: 'client_secret_post',
    grantTypes: ['password', 'refresh_token', 'client_credentials'],
    scopes: SCOPES,
    firstParty: true,
  });
  const service = `service-${cases}`;
  await auth.store.clients.create({
    ...nothing,
    id: service,
    name: 'A service',
    authentication: 'client_secret_post',
    grantTypes: [TOKEN_EXCHANGE],
    scopes: ['todo:read'],
    firstParty: false,
    audience: 'support-service',
  });
  return { app, service };
}

/** Two people, three logins of one of them, and every kind of token that came of them. */
async function issueAll() {
  cases += 1;
  const { app, service } = await addClients();
  const asApp = { client_id: app, client_secret: SECRET };
  const username = `person.${cases}`;
  const register = { json: { username, password: PASSWORD } };
  const { id } = (await auth.request('POST /register', register)).body;
  await auth.db.user.update({ where: { id }, data: { roles: ['user', 'agent'] } });

  const atWeb = (await auth.login(username)).body;
  const refreshed = await refresh(atWeb.refresh_token);
  const atWebAgain = (await auth.login(username)).body;
  const atApp = (await auth.login(username, asApp)).body;
  const ofAnother = (await auth.login('wangerge', asApp)).body;
  const own = await post({ grant_type: 'client_credentials', ...asApp });
  const tokens = {
    web: atWeb.access_token,
    webRefreshed: refreshed.access_token,
    webExchanged: await exchange(service, refreshed.access_token),
    web2: atWebAgain.access_token,
    app: atApp.access_token,
    appExchanged: await exchange(service, atApp.access_token),
    another: ofAnother.access_token,
    anotherAtWeb: (await auth.login('wangerge')).body.access_token,
    appItself: own.access_token,
    /** Of an act that refreshes. */
    webNext: '',
  };
  return { id, username, app, service, tokens, first: atWeb, second: refreshed };
}

type World = Awaited<ReturnType<typeof issueAll>>;
type Name = keyof World['tokens'];
type Act = (world: World) => Promise<unknown>;

const asAdmin = async (request: string, json?: object) =>
  auth.request(request, { token: await auth.adminToken(), ...(json ? { json } : {}) });
const asPerson = (request: string, { tokens }: World, json?: object) =>
  auth.request(request, { token: tokens.webRefreshed, ...(json ? { json } : {}) });
const sessionId = async ({ tokens }: World): Promise<string> =>
  JSON.parse(atob(tokens.web.split('.')[1] ?? '')).sid;
const command = async (...args: string[]) => {
  const { code, stderr } = await runCli(auth.scratch.url, args);
  expect([code, stderr]).toEqual([0, '']);
};

const SESSION: Name[] = ['web', 'webRefreshed', 'webExchanged'];
const OTHER_SESSIONS: Name[] = ['web2', 'app', 'appExchanged'];
const PERSON = [...SESSION, ...OTHER_SESSIONS];
const CLIENT: Name[] = ['app', 'appExchanged', 'another', 'appItself'];

const addTotp = (userId: number) =>
  auth.db.totp.create({
    data: {
      userId,
      sealedSecret: new Uint8Array(48),
      sealedBy: 'x',
      lastStep: 0,
      createdAt: new Date(),
    },
  });

const acts: [string, Act, Name[]][] = [
  ['end one session', async (w) => asPerson(`DELETE /sessions/${await sessionId(w)}`, w), SESSION],
  ['end all sessions', (w) => asPerson('DELETE /sessions', w), PERSON],
  ['end all others', (w) => asPerson('DELETE /sessions?keep=current', w), OTHER_SESSIONS],
  [
    'revoke an access token',
    ({ tokens }) => auth.request('POST /revoke', { form: { token: tokens.web } }),
    ['web'],
  ],
  [
    'revoke an exchanged token',
    ({ tokens, service }) =>
      auth.request('POST /revoke', {
        form: { token: tokens.appExchanged, client_id: service, client_secret: SECRET },
      }),
    ['appExchanged'],
  ],
  [
    'revoke a refresh token',
    ({ second }) => auth.request('POST /revoke', { form: { token: second.refresh_token } }),
    SESSION,
  ],
  [
    "revoke another client's token",
    ({ tokens }) => auth.request('POST /revoke', { form: { token: tokens.app } }),
    [],
  ],
  [
    'use a refresh token again, once its successor was used',
    async ({ first, second, tokens }) => {
      tokens.webNext = (await refresh(second.refresh_token)).access_token;
      await auth.db.refreshToken.updateMany({ data: { createdAt: new Date(0) } });
      await refresh(first.refresh_token);
    },
    [...SESSION, 'webNext'],
  ],
  [
    'change the password',
    (w) =>
      asPerson('PUT /users/me/password', w, {
        currentPassword: PASSWORD,
        newPassword: 'a-new-lock-on-the-door',
      }),
    OTHER_SESSIONS,
  ],
  [
    'delete the account',
    (w) => asPerson('DELETE /users/me', w, { currentPassword: PASSWORD }),
    PERSON,
  ],
  ['admin: deactivate', ({ id }) => asAdmin(`PATCH /admin/users/${id}`, { active: false }), PERSON],
  ['admin: reactivate', ({ id }) => asAdmin(`PATCH /admin/users/${id}`, { active: true }), []],
  ['admin: delete', ({ id }) => asAdmin(`DELETE /admin/users/${id}`), PERSON],
  ['admin: end sessions', ({ id }) => asAdmin(`DELETE /admin/users/${id}/sessions`), PERSON],
  [
    'admin: remove a role',
    ({ id }) => asAdmin(`PATCH /admin/users/${id}`, { roles: ['user'] }),
    PERSON,
  ],
  [
    'admin: remove a role and deactivate',
    ({ id }) => asAdmin(`PATCH /admin/users/${id}`, { roles: ['user'], active: false }),
    PERSON,
  ],
  [
    'admin: give a role',
    ({ id }) => asAdmin(`PATCH /admin/users/${id}`, { roles: ['agent', 'user', 'admin'] }),
    [],
  ],
  [
    'admin: disable a client',
    ({ app }) => asAdmin(`PATCH /admin/clients/${app}`, { disabled: true }),
    CLIENT,
  ],
  [
    'admin: take a scope of a client',
    ({ app }) => asAdmin(`PATCH /admin/clients/${app}`, { scopes: SCOPES.slice(1) }),
    CLIENT,
  ],
  [
    'admin: rename a client and give it a scope',
    ({ app }) =>
      asAdmin(`PATCH /admin/clients/${app}`, {
        name: 'Renamed',
        scopes: [...SCOPES, 'todo:write'],
      }),
    [],
  ],
  [
    'command: users deactivate',
    ({ username }) => command('users', 'deactivate', username, '--yes'),
    PERSON,
  ],
  [
    'command: users delete',
    ({ username }) => command('users', 'delete', username, '--yes'),
    PERSON,
  ],
  [
    'command: users end-sessions',
    ({ username }) => command('users', 'end-sessions', username, '--yes'),
    PERSON,
  ],
  [
    'admin: reset the factors of a person who has one',
    async ({ id }) => {
      await addTotp(id);
      await asAdmin(`DELETE /admin/users/${id}/factors`);
    },
    PERSON,
  ],
  [
    'command: users reset-factors of a person who has one',
    async ({ id, username }) => {
      await addTotp(id);
      await command('users', 'reset-factors', username, '--yes');
    },
    PERSON,
  ],
  [
    'admin: reset the factors of a person who has none',
    ({ id }) => asAdmin(`DELETE /admin/users/${id}/factors`),
    [],
  ],
  ['command: users roles', ({ username }) => command('users', 'roles', username, 'user'), PERSON],
  ['command: clients disable', ({ app }) => command('clients', 'disable', app, '--yes'), CLIENT],
  [
    'command: clients change',
    ({ app }) => command('clients', 'change', app, '--scope', ...SCOPES.slice(1)),
    CLIENT,
  ],
  [
    'a service.json that asks for another scope',
    async ({ service }) => {
      const { publicKey } = await generateKeyPair('ES256');
      const keys = { [service]: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] } };
      const asks = { scopes: ['todo:write'] };
      const [any] = auth.services;
      const services = [
        { ...any, name: service, audience: service, client: asks },
      ] as typeof auth.services;
      await registerServiceClients(auth.store, {
        log: silentLog,
        services,
        keys,
        issuer: ISSUER,
        now: Date.now,
      });
    },
    ['webExchanged', 'appExchanged'],
  ],
];

test.each(acts)('%s: these tokens and no others', { timeout: 60_000 }, async (_, act, ended) => {
  const world = await issueAll();
  const before = new Set(await revokedPlaces(auth));
  await act(world);
  const issued = Object.entries(world.tokens).filter(([, token]) => token !== '');
  const names = new Map(issued.map(([name, token]) => [placeOf(token), name]));
  const revoked = (await revokedPlaces(auth)).filter((place) => !before.has(place));
  expect(revoked.map((place) => names.get(place)).sort()).toEqual([...ended].sort());
  expect(await changedPlaces(auth)).toEqual({ places: await revokedPlaces(auth), faults: [] });
});

test('a removed role: the login goes on, and its next token is good without it', async () => {
  const { id, second, tokens } = await issueAll();
  await asAdmin(`PATCH /admin/users/${id}`, { roles: ['user'] });
  expect((await auth.request('GET /users/me', { token: tokens.web2 })).status).toBe(401);
  const { access_token: token } = await refresh(second.refresh_token);
  const { status, body } = await auth.request('GET /users/me', { token });
  expect([status, body.roles]).toEqual([200, ['user']]);
});

test('what has expired or was revoked before is not revoked again', async () => {
  const { tokens } = await issueAll();
  const revoke = () => auth.request('POST /revoke', { form: { token: tokens.web } });
  await Promise.all([revoke(), revoke(), revoke()]);
  const [listId, index] = placeOf(tokens.webRefreshed).split(':').map(Number);
  const expiresAt = new Date(Date.now() - 1_000);
  await auth.db.issuedToken.updateMany({
    where: { listId: listId as number, index: index as number },
    data: { expiresAt },
  });
  await auth.request('DELETE /sessions', { token: tokens.web2 });
  const revoked = await revokedPlaces(auth);
  expect(revoked).not.toContain(placeOf(tokens.webRefreshed));
  expect(await changedPlaces(auth)).toEqual({ places: revoked, faults: [] });
});
