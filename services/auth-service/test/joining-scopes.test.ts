import { hashOf } from '@latchkey/service-kit/http/secrets';
import { decodeJwt } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { type Instance, startAuthService, startInstance } from './harness.ts';
import {
  addHostedClients,
  answerOf,
  authorizeUrl,
  CALLBACK,
  newPkce,
  openBrowser,
} from './hosted-browser.ts';
import { billing, servicesOnDisk } from './services-on-disk.ts';
import { SECRET } from './test-clients.ts';

/** auth-service before billing-service joins, and after. */
async function joining() {
  const before = await startAuthService({ env: { SERVICES_DIR: servicesOnDisk() } });
  const SERVICES_DIR = servicesOnDisk({ 'billing-service': billing });
  const after = await startInstance(before.scratch.url, { env: { SERVICES_DIR } });
  onTestFinished(async () => {
    await after.stop();
    await before.stop();
  });
  return { before, after };
}

const refresh = async (instance: Instance, refresh_token: string, more = {}) =>
  (
    await instance.request('POST /token', {
      form: { grant_type: 'refresh_token', refresh_token, ...more },
    })
  ).body;
const scopesOf = ({ scope }: { scope: string }) => scope.split(' ');

test('a login that named no scopes: the next refresh has those of a new service', async () => {
  const { before, after } = await joining();
  const first = (await before.login('wangerge')).body;
  expect(scopesOf(first)).not.toContain('invoices:read');
  const next = await refresh(after, first.refresh_token);
  expect(scopesOf(next)).toEqual(expect.arrayContaining([...scopesOf(first), 'invoices:read']));
  expect(decodeJwt(next.access_token).aud).toContain('billing-service');
  const back = await refresh(before, next.refresh_token);
  expect(scopesOf(back)).toEqual(scopesOf(first));
});

test('a refresh of such a session gives no scope that must be named at login', async () => {
  const { before, after } = await joining();
  const { refresh_token } = (await before.login('admin')).body;
  const named = { scope: 'admin' };
  expect((await refresh(after, refresh_token, named)).error).toBe('invalid_scope');
});

test.each([
  ['scope', { scope: 'todo:read' }],
  ['resource', { resource: 'http://localhost:8080/todo' }],
])('a login that named a %s keeps to what it was granted', async (_, named) => {
  const { before, after } = await joining();
  const first = (await before.login('wangerge', named)).body;
  const next = await refresh(after, first.refresh_token);
  expect(next.scope).toBe(first.scope);
  const more = await refresh(after, next.refresh_token, { scope: 'invoices:read' });
  expect(more.error).toBe('invalid_scope');
});

test('a session of an older release keeps to what it was granted', async () => {
  const { before, after } = await joining();
  const first = (await before.login('wangerge')).body;
  // What the migration makes of a row that was there before, and an older instance of a new one.
  await before.db.$executeRaw`UPDATE session SET follows_scopes = DEFAULT`;
  expect((await refresh(after, first.refresh_token)).scope).toBe(first.scope);
});

const held = {
  name: 'Held to a list',
  authentication: 'client_secret_post',
  secretHash: hashOf(SECRET),
  jwks: undefined,
  grantTypes: ['password', 'refresh_token'],
  redirectUris: [],
  audience: null,
} as const;

test('a client with a list gets a new scope when an administrator adds it, sessions included', async () => {
  const { before, after } = await joining();
  const id = 'listed';
  await before.store.clients.create({
    ...held,
    id,
    grantTypes: [...held.grantTypes],
    redirectUris: [],
    scopes: ['todo:read'],
    firstParty: true,
  });
  const as = { client_id: id, client_secret: SECRET };
  const first = (await after.login('wangerge', as)).body;
  expect(first.scope).toBe('todo:read');
  const token = await after.adminToken();
  const json = { scopes: ['todo:read', 'invoices:read'] };
  expect((await after.request(`PATCH /admin/clients/${id}`, { token, json })).status).toBe(200);
  const next = await refresh(after, first.refresh_token, as);
  expect(scopesOf(next).sort()).toEqual(['invoices:read', 'todo:read']);
  expect((await before.request(`PATCH /admin/clients/${id}`, { token, json })).status).toBe(400);
});

test('what was asked for and not given: the answer says what was, or names what no service has', async () => {
  const { before } = await joining();
  const ask = (scope: string) => before.login('wangerge', { scope });
  expect((await ask('todo:read admin')).body.scope).toBe('todo:read');
  expect((await ask('todo:read')).body.scope).toBe('todo:read');
  for (const scope of ['invoices:read', 'todo:read invoices:read']) {
    const { status, body } = await ask(scope);
    expect([status, body.error, body.error_description]).toEqual([
      400,
      'invalid_scope',
      'No service has the scope invoices:read.',
    ]);
  }
  expect((await ask('admin')).body).toMatchObject({
    error: 'invalid_scope',
    error_description: 'None of the requested scopes can be granted.',
  });
  const { refresh_token } = (await ask('')).body;
  expect((await refresh(before, refresh_token, { scope: 'invoices:read' })).error_description).toBe(
    'No service has the scope invoices:read.',
  );
});

test('the client that follows scopes: what must be named comes on top, at a refresh too', async () => {
  const { before, after } = await joining();
  await addHostedClients(before);
  await before.db.$executeRaw`UPDATE client SET follows_scopes = true WHERE id = 'our-app'`;
  const signIn = async (username: string, scope: string) => {
    const { verifier, challenge } = newPkce();
    const browser = openBrowser(before);
    const page = await browser.open(authorizeUrl({ scope, code_challenge: challenge }));
    const { code = '' } = answerOf(await browser.signIn(page, username));
    const form = { grant_type: 'authorization_code', client_id: 'our-app', code };
    const rest = { code_verifier: verifier, redirect_uri: CALLBACK };
    return (await before.request('POST /token', { form: { ...form, ...rest } })).body;
  };
  const as = { client_id: 'our-app' };
  const ordinary = scopesOf((await before.login('wangerge')).body);

  const person = await signIn('wangerge', 'openid admin');
  expect(scopesOf(person).sort()).toEqual([...ordinary, 'openid'].sort());
  const admin = await signIn('admin', 'openid admin');
  expect(scopesOf(admin).sort()).toEqual([...ordinary, 'admin', 'openid'].sort());
  const next = await refresh(after, admin.refresh_token, as);
  expect(scopesOf(next)).toEqual(expect.arrayContaining(['admin', 'openid', 'invoices:read']));
  const narrow = await refresh(after, next.refresh_token, { ...as, scope: 'invoices:read' });
  expect(narrow.scope).toBe('invoices:read');
  const named = await signIn('admin', 'openid todo:read');
  expect(scopesOf(named).sort()).toEqual(['openid', 'todo:read']);
  const kept = await refresh(after, named.refresh_token, as);
  expect(scopesOf(kept).sort()).toEqual(['openid', 'todo:read']);
});
