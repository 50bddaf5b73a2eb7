import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCli } from './cli-process.ts';
import {
  AGENT_CALLBACK,
  agentEnv,
  type DocumentHost,
  openDocumentHost,
  outboundTo,
} from './document-host.ts';
import { type AuthService, PASSWORD, startAuthService, testClock } from './harness.ts';
import {
  addHostedClients,
  answerOf,
  authorizeUrl,
  CALLBACK,
  newPkce,
  OTHER_CALLBACK,
  openBrowser,
} from './hosted-browser.ts';

// Commands are processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const clock = testClock();
let host: DocumentHost;
let auth: AuthService;
let agentId: string;
beforeAll(async () => {
  host = await openDocumentHost();
  auth = await startAuthService({ env: agentEnv, now: clock.now, outbound: outboundTo(host) });
  await addHostedClients(auth);
  agentId = host.publish('/agent.json');
});
afterAll(async () => {
  await auth.stop();
  await host.stop();
});

const redirectUris: Record<string, string> = { 'their-app': OTHER_CALLBACK, 'our-app': CALLBACK };
const redirectUriOf = (clientId: string) => redirectUris[clientId] ?? AGENT_CALLBACK;

/** A code of this app for a person who signs in, and allows it if asked. */
async function allow(
  username: string,
  clientId: string,
  scope = 'openid todo:read offline_access',
) {
  const { verifier, challenge } = newPkce();
  const browser = openBrowser(auth);
  const redirect_uri = redirectUriOf(clientId);
  const request = { client_id: clientId, redirect_uri, scope, code_challenge: challenge };
  const page = await browser.signIn(await browser.open(authorizeUrl(request)), username);
  const { code = '' } = answerOf(
    answerOf(page).code ? page : await browser.submit(page, { decision: 'allow' }),
  );
  const form = { grant_type: 'authorization_code', client_id: clientId, code, redirect_uri };
  const redeem = () => auth.request('POST /token', { form: { ...form, code_verifier: verifier } });
  return { browser, redeem };
}

async function connect(username: string, clientId: string, scope?: string) {
  const { browser, redeem } = await allow(username, clientId, scope);
  const { access_token: token, refresh_token: refreshToken } = (await redeem()).body;
  const refresh = () =>
    auth.request('POST /token', {
      form: { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken },
    });
  const works = async () => (await auth.request('GET /userinfo', { token })).status === 200;
  return { browser, works, refresh };
}

/** A person of this test alone, with a token for the account. */
async function newPerson(username: string) {
  await auth.request('POST /register', { json: { username, password: PASSWORD } });
  const token = (await auth.login(username, { scope: 'account:read account:write' })).body
    .access_token;
  const list = async () => (await auth.request('GET /users/me/apps', { token })).body;
  const end = (clientId: string) => auth.request(`DELETE ${pathOf(clientId)}`, { token });
  return { token, list, end };
}

const segmentOf = (clientId: string) =>
  clientId.startsWith('https:') ? `~${Buffer.from(clientId).toString('base64url')}` : clientId;
const pathOf = (clientId: string) => `/users/me/apps/${segmentOf(clientId)}`;

const OFFLINE = { scope: 'offline_access', audience: null, description: 'offline_access' };
const IDENTITY = { scope: 'openid', audience: 'auth-service', description: 'Know that it is you' };
const READ_TODOS = { scope: 'todo:read', audience: 'todo-service', description: 'Read your todos' };
const WRITE_TODOS = {
  scope: 'todo:write',
  audience: 'todo-service',
  description: 'Change your todos',
};

test('apps of others with what was allowed, since when, and their last use; not our own', async () => {
  const { list } = await newPerson('lister');
  expect(await list()).toEqual([]);
  const allowedAt = clock.now();
  await connect('lister', 'their-app');
  await connect('lister', 'our-app', 'todo:read');
  clock.forwardSeconds(60);
  const { refresh } = await connect('lister', agentId, 'openid todo:read offline_access');
  clock.forwardSeconds(60);
  await refresh();
  clock.forwardSeconds(60);
  await connect('lister', 'their-app', 'openid todo:write');
  const instant = (seconds: number) => new Date(allowedAt + seconds * 1000).toISOString();
  expect(await list()).toEqual([
    {
      client_id: agentId,
      name: 'Garden Agent',
      host: `agent.test:${host.port}`,
      scopes: ['offline_access', 'openid', 'todo:read'],
      allowed: [OFFLINE, IDENTITY, READ_TODOS],
      since: instant(60),
      lastUsedAt: instant(120),
    },
    {
      client_id: 'their-app',
      name: 'Their <app>',
      host: null,
      scopes: ['offline_access', 'openid', 'todo:read', 'todo:write'],
      allowed: [OFFLINE, IDENTITY, READ_TODOS, WRITE_TODOS],
      since: instant(0),
      lastUsedAt: instant(180),
    },
  ]);
});

test.each(['their-app', 'the agent'])(
  'DELETE ends %s for this person alone, and asks again',
  async (name) => {
    const clientId = name === 'the agent' ? agentId : name;
    const username = `ender-${name.replaceAll(' ', '-')}`;
    const { list, end } = await newPerson(username);
    const [first, second, other] = [
      await connect(username, clientId),
      await connect(username, clientId),
      await connect('wangerge', clientId),
    ];
    const own = await connect(username, 'our-app', 'openid todo:read');
    expect((await end(clientId)).status).toBe(204);
    expect([await first.works(), await second.works()]).toEqual([false, false]);
    expect((await first.refresh()).body.error).toBe('invalid_grant');
    expect([await other.works(), await own.works()]).toEqual([true, true]);
    expect((await other.refresh()).status).toBe(200);
    expect(await list()).toEqual([]);
    expect((await end(clientId)).body.code).toBe('app_not_found');
    const redirect_uri = redirectUriOf(clientId);
    const again = await first.browser.open(authorizeUrl({ client_id: clientId, redirect_uri }));
    expect(again.text).toContain('asks for access');

    const events = await auth.db.auditEvent.findMany({
      where: { subject: username, clientId, type: { in: ['consent.withdrawn', 'session.ended'] } },
      orderBy: { id: 'asc' },
    });
    expect(events.map(({ type, actor }) => [type, actor])).toEqual([
      ['consent.withdrawn', username],
      ['session.ended', username],
      ['session.ended', username],
    ]);
  },
);

test('a code that waits opens nothing any more', async () => {
  const { end } = await newPerson('waiter');
  const { redeem } = await allow('waiter', 'their-app');
  expect((await end('their-app')).status).toBe(204);
  expect((await redeem()).body.error).toBe('invalid_grant');
  expect(
    await auth.db.session.count({ where: { clientId: 'their-app', user: { username: 'waiter' } } }),
  ).toBe(0);
});

test('a code that is traded at this moment leaves no session behind', async () => {
  const { end, list } = await newPerson('racer');
  for (let round = 0; round < 5; round++) {
    const { redeem } = await allow('racer', 'their-app');
    const [redeemed, ended] = await Promise.all([redeem(), end('their-app')]);
    expect(ended.status).toBe(204);
    const token = redeemed.body.access_token;
    if (token) expect((await auth.request('GET /userinfo', { token })).status).toBe(401);
    expect(await list()).toEqual([]);
  }
});

test.each([
  ['no token', undefined, 'their-app', 401],
  ['a token that may only read', 'account:read', 'their-app', 403],
  ['no app of theirs', 'account:write', 'native-app', 404],
  ['a client of ours', 'account:write', 'our-app', 404],
  ['no client', 'account:write', 'nobody', 404],
  ['what no client_id can be', 'account:write', '~x%00', 400],
])('DELETE with %s', async (_name, scope, clientId, status) => {
  const token = scope && (await auth.login('agent', { scope })).body.access_token;
  const answer = await auth.request(`DELETE /users/me/apps/${clientId}`, token ? { token } : {});
  expect(answer.status).toBe(status);
});

test('GET takes account:read', async () => {
  expect((await auth.request('GET /users/me/apps')).status).toBe(401);
  const token = (await auth.login('agent', { scope: 'todo:read' })).body.access_token;
  expect((await auth.request('GET /users/me/apps', { token })).status).toBe(401);
});

test('an administrator sees and ends them, by request and by command', async () => {
  const { list } = await newPerson('watched');
  await connect('watched', 'their-app');
  await connect('watched', agentId);
  const token = await auth.adminToken();
  const { id } = await auth.db.user.findUniqueOrThrow({ where: { username: 'watched' } });
  const path = `/admin/users/${id}/apps`;
  expect((await auth.request(`GET ${path}`, { token })).body).toEqual(await list());
  expect((await auth.request(`DELETE ${path}/their-app`, { token })).status).toBe(204);
  expect((await auth.request(`DELETE ${path}/their-app`, { token })).status).toBe(404);
  expect((await auth.request('GET /admin/users/999999/apps', { token })).status).toBe(404);

  const run = (...args: string[]) => runCli(auth.scratch.url, ['users', ...args]);
  expect((await run('apps', 'Watched')).stdout).toContain('Garden Agent');
  const ended = await run('end-app', 'watched', agentId, '--yes');
  expect(ended).toMatchObject({
    code: 0,
    stdout: `${agentId} has no access to watched any more\n`,
  });
  expect((await run('end-app', 'watched', agentId, '--yes')).stderr).toBe('auth: App not found.\n');
  expect(await list()).toEqual([]);
  const actors = await auth.db.auditEvent.findMany({
    where: { subject: 'watched', type: 'consent.withdrawn' },
    orderBy: { id: 'asc' },
  });
  expect(actors.map(({ actor }) => actor)).toEqual(['admin', expect.stringMatching(/^cli:/)]);
});

test('the page lists them, asks, and ends one', async () => {
  await newPerson('reader');
  const { browser, works } = await connect('reader', 'their-app');
  const agent = await connect('reader', agentId);
  expect((await browser.get('/sign-in')).text).toContain('href="/apps"');
  const page = await browser.get('/apps');
  expect(page.status).toBe(200);
  expect(page.text).toContain('<h2>Their &lt;app&gt;</h2>');
  expect(page.text).toContain('Read your todos');
  expect(page.text).toContain(`<strong>agent.test:${host.port}</strong>`);
  expect(page.text).not.toContain('<script');
  const asking = await browser.get('/apps?client_id=their-app');
  expect(asking.text).toContain('End the access of Their &lt;app&gt;?');
  expect(await works()).toBe(true);
  const forged = await browser.submit(
    asking,
    { client_id: 'their-app' },
    { 'sec-fetch-site': 'cross-site' },
  );
  expect([forged.status, await works()]).toEqual([403, true]);
  const done = await browser.submit(asking, { client_id: 'their-app' });
  expect([done.status, done.location, await works()]).toEqual([303, '/apps', false]);
  const after = await browser.get('/apps');
  expect(after.text).not.toContain('Their &lt;app&gt;');
  expect([after.text.includes('Garden Agent'), await agent.works()]).toEqual([true, true]);
  const twice = await browser.submit(asking, { client_id: 'their-app' });
  expect([twice.status, twice.location]).toEqual([303, '/apps']);
});

test.each(['', '?client_id=nobody', '?client_id=a%00b', '?client_id=a&client_id=b', '?client_id='])(
  'the page with %s shows nothing of what is not there',
  async (query) => {
    const browser = openBrowser(auth);
    expect((await browser.get(`/apps${query}`)).location).toBe('/sign-in?then=apps');
    await browser.signIn(await browser.get('/sign-in'), 'agent');
    const page = await browser.open(`/apps${query}`);
    expect([page.status, page.text.includes('You have not allowed any app')]).toEqual([200, true]);
  },
);

test('in Chinese, with the day as it is written there', async () => {
  await newPerson('zhongwen');
  const { browser } = await connect('zhongwen', 'their-app');
  const page = await browser.send('/apps', { headers: { 'accept-language': 'zh-CN' } });
  expect(page.text).toContain('可访问您账号的应用');
  expect(page.text).toMatch(/自 \d{4}年\d{1,2}月\d{1,2}日起/);
});
