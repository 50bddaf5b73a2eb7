import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AGENT_CALLBACK,
  agentEnv,
  type DocumentHost,
  openDocumentHost,
  outboundTo,
  sendJson,
} from './document-host.ts';
import {
  type AuthService,
  auditTypes,
  PASSWORD,
  startAuthService,
  startInstance,
  testClock,
} from './harness.ts';
import { answerOf, authorizeUrl, newPkce, openBrowser } from './hosted-browser.ts';

const clock = testClock();
let host: DocumentHost;
let service: AuthService;
beforeAll(async () => {
  host = await openDocumentHost();
  const outbound = outboundTo(host);
  service = await startAuthService({ env: agentEnv, now: clock.now, outbound });
});
afterAll(async () => {
  await service.stop();
  await host.stop();
});

/** Signs in, allows, and trades the code. */
async function connect(clientId: string, given: Record<string, string> = {}, more = {}) {
  const { verifier, challenge } = newPkce();
  const redirect_uri = given.redirect_uri ?? AGENT_CALLBACK;
  const browser = openBrowser(service);
  const scope = 'openid todo:read offline_access';
  const request = { client_id: clientId, scope, code_challenge: challenge, ...given, redirect_uri };
  const first = await browser.open(authorizeUrl(request));
  const consent = await browser.signIn(first);
  const answer = await browser.submit(consent, { decision: 'allow' });
  const { code = '' } = answerOf(answer);
  const form = { code, redirect_uri, client_id: clientId, code_verifier: verifier };
  const body = { grant_type: 'authorization_code', ...form, ...more };
  return { browser, consent, answer, tokens: await service.request('POST /token', { form: body }) };
}

const refresh = (clientId: string, refreshToken: string, more = {}) =>
  service.request('POST /token', {
    form: {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: refreshToken,
      ...more,
    },
  });

const todoOf = (token: string) => service.request('GET /userinfo', { token });

test('a client that nobody registered signs a person in, and refreshes', async () => {
  const id = host.publish('/first.json');
  const { consent, answer, tokens } = await connect(id);
  expect(consent.text).toContain('Garden Agent asks for access');
  expect(consent.text).toContain(`published by <strong>agent.test:${host.port}</strong>`);
  expect(consent.text).toContain('answer goes to <strong>agent.test</strong>');
  expect(consent.text).not.toContain('your own computer');
  expect(consent.text).not.toMatch(/<(?:img|script|iframe)/);
  expect(answerOf(answer)).toMatchObject({ iss: 'http://localhost:8080', state: 'the-state' });
  expect(tokens.body).toMatchObject({ scope: 'openid todo:read' });
  expect((await todoOf(tokens.body.access_token)).status).toBe(200);
  const refreshed = await refresh(id, tokens.body.refresh_token);
  expect(refreshed.status).toBe(200);
  const row = await service.db.client.findUniqueOrThrow({ where: { id } });
  expect(row).toMatchObject({ name: 'Garden Agent', firstParty: false, audience: null });
  expect(await auditTypes(service, 'client.')).toEqual(['client.created']);
});

test('the sign-in page names the host beside the name', async () => {
  const id = host.publish('/named.json', { client_name: 'Latchkey' });
  const page = await openBrowser(service).open(
    authorizeUrl({ client_id: id, redirect_uri: AGENT_CALLBACK }),
  );
  expect(page.text).toContain(`to continue to Latchkey (agent.test:${host.port})`);
});

test('a person is asked each time, and nobody without being asked', async () => {
  const id = host.publish('/asked.json');
  const { browser } = await connect(id);
  const request = { client_id: id, redirect_uri: AGENT_CALLBACK };
  expect((await browser.open(authorizeUrl(request))).text).toContain('asks for access');
  const silent = await browser.open(authorizeUrl({ ...request, prompt: 'none' }));
  expect(answerOf(silent).error).toBe('consent_required');
});

test('it gets no scope that shows or changes the account, and no grant but these two', async () => {
  const id = host.publish('/modest.json', {
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials', 'password'],
  });
  const asked = (scope: string) =>
    openBrowser(service).open(authorizeUrl({ client_id: id, redirect_uri: AGENT_CALLBACK, scope }));
  for (const scope of ['admin', 'account:read', 'account:write']) {
    expect(answerOf(await asked(scope)).error).toBe('invalid_scope');
  }
  await connect(id);
  for (const grant_type of [
    'client_credentials',
    'password',
    'urn:ietf:params:oauth:grant-type:token-exchange',
  ]) {
    const form = { grant_type, client_id: id, username: 'wangerge', password: PASSWORD };
    expect((await service.request('POST /token', { form })).body.error).toBe('unauthorized_client');
  }
});

test('a document may want less than there is', async () => {
  const id = host.publish('/less.json', { scope: 'openid todo:read' });
  const { tokens } = await connect(id, { scope: 'openid todo:read todo:write' });
  expect(tokens.body.scope).toBe('openid todo:read');
});

/** As these agents publish them, under a host of this test. */
test.each([
  [
    'Claude in the browser',
    {
      client_name: 'Claude',
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
      client_uri: 'https://claude.ai',
      logo_uri: 'https://claude.ai/logo.png',
    },
    'https://claude.ai/api/mcp/auth_callback',
    'claude.ai',
  ],
  [
    'Claude Code',
    {
      client_name: 'Claude Code',
      redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    },
    'http://localhost:54545/callback',
    'localhost:54545',
  ],
  [
    'VS Code',
    {
      client_name: 'Visual Studio Code',
      grant_types: [
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      redirect_uris: [
        'vscode://callback',
        'http://127.0.0.1:33418/',
        'https://vscode.dev/redirect',
      ],
      application_type: 'native',
    },
    'http://127.0.0.1:41234/',
    '127.0.0.1:41234',
  ],
])('a document like that of %s', async (name, document, redirectUri, shown) => {
  const id = host.publish(`/${encodeURIComponent(name)}.json`, document);
  const { consent, answer, tokens } = await connect(id, { redirect_uri: redirectUri });
  expect(consent.text).toContain(`${document.client_name} asks for access`);
  expect(consent.text).toContain(`answer goes to <strong>${shown}</strong>`);
  expect(consent.text.includes('your own computer')).toBe(redirectUri.startsWith('http:'));
  expect(consent.text).not.toContain('logo.png');
  expect(answer.location).toContain(`${redirectUri}?code=`);
  expect(tokens.status).toBe(200);
});

async function newKey(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid, use: 'sig' };
  const assertion = (clientId: string) =>
    new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience('http://localhost:8080')
      .setIssuedAt(Math.floor(clock.now() / 1000))
      .setExpirationTime(Math.floor(clock.now() / 1000) + 60)
      .sign(privateKey);
  const authenticate = async (clientId: string) => ({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertion(clientId),
  });
  return { jwk, authenticate };
}

test('a document like that of ChatGPT: private_key_jwt with jwks_uri, and its keys change', async () => {
  const [first, second] = [await newKey('one'), await newKey('two')];
  const encryption = { ...second.jwk, use: 'enc', kid: 'enc' };
  host.serve('/jwks.json', (_req, res) => sendJson(res, { keys: [encryption, first.jwk] }));
  const id = host.publish('/chatgpt.json', {
    client_name: 'ChatGPT',
    redirect_uris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'RS256',
    jwks_uri: host.at('/jwks.json'),
  });
  const redirect_uri = 'https://chatgpt.com/connector_platform_oauth_redirect';
  const { tokens } = await connect(id, { redirect_uri }, await first.authenticate(id));
  expect(tokens.status).toBe(200);
  const bare = await refresh(id, tokens.body.refresh_token);
  expect(bare).toMatchObject({ status: 401, body: { error: 'invalid_client' } });

  host.serve('/jwks.json', (_req, res) => sendJson(res, { keys: [second.jwk] }));
  const early = await refresh(id, tokens.body.refresh_token, await second.authenticate(id));
  expect(early.status).toBe(401);
  clock.forwardSeconds(61);
  const later = await refresh(id, tokens.body.refresh_token, await second.authenticate(id));
  expect(later.status).toBe(200);
  const old = await refresh(id, later.body.refresh_token, await first.authenticate(id));
  expect(old.status).toBe(401);
});

test('pushed requests: nothing is known of the client before', async () => {
  const key = await newKey('one');
  const id = host.publish('/pushing.json', {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [key.jwk] },
  });
  const { verifier, challenge } = newPkce();
  const request = {
    response_type: 'code',
    redirect_uri: AGENT_CALLBACK,
    scope: 'todo:read',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  };
  const form = { ...request, client_id: id, ...(await key.authenticate(id)) };
  const pushed = await service.request('POST /par', { form });
  expect(pushed.status).toBe(201);
  const browser = openBrowser(service);
  const { request_uri } = pushed.body;
  const address = `/authorize?${new URLSearchParams({ client_id: id, request_uri })}`;
  const consent = await browser.signIn(await browser.open(address));
  const { code = '' } = answerOf(await browser.submit(consent, { decision: 'allow' }));
  const body = { code, redirect_uri: AGENT_CALLBACK, code_verifier: verifier };
  const grant = { grant_type: 'authorization_code', ...body, ...(await key.authenticate(id)) };
  expect((await service.request('POST /token', { form: grant })).status).toBe(200);
});

test('kept as its headers say, for a minute at least and an hour at most', async () => {
  const fetches = (path: string) => host.requests.filter((one) => one === path).length;
  for (const [path, headers, seconds] of [
    ['/no-store.json', { 'cache-control': 'no-store' }, 60],
    ['/ten-minutes.json', { 'cache-control': 'max-age=600' }, 600],
    ['/a-year.json', { 'cache-control': 'max-age=31536000' }, 3_600],
    ['/aged.json', { 'cache-control': 'max-age=600', age: '300' }, 300],
    ['/nonsense.json', { 'cache-control': 'max-age=soon', expires: '-1', age: 'x' }, 60],
  ] as const) {
    const request = authorizeUrl({
      client_id: host.publish(path, {}, headers),
      redirect_uri: AGENT_CALLBACK,
    });
    const ask = () => openBrowser(service).open(request);
    await ask();
    clock.forwardSeconds(seconds - 2);
    await ask();
    expect([path, fetches(path)]).toEqual([path, 1]);
    clock.forwardSeconds(3);
    await ask();
    expect([path, fetches(path)]).toEqual([path, 2]);
  }
});

test('a changed document counts from the next request on', async () => {
  const id = host.publish('/changing.json', {}, { 'cache-control': 'max-age=60' });
  const { browser, tokens } = await connect(id);
  const moved = 'https://other.test/callback';
  host.publish('/changing.json', { client_name: 'Moved', redirect_uris: [moved], scope: 'openid' });
  clock.forwardSeconds(61);
  const request = { client_id: id, redirect_uri: AGENT_CALLBACK };
  expect((await browser.open(authorizeUrl(request))).text).toContain('redirect_uri is not one');
  const consent = await browser.open(authorizeUrl({ ...request, redirect_uri: moved }));
  expect(consent.text).toContain('Moved asks for access');
  expect(consent.text).toContain('answer goes to <strong>other.test</strong>');
  // It wants less now, so what it had is revoked; a refresh gives the rest.
  expect((await todoOf(tokens.body.access_token)).status).toBe(401);
  const refreshed = await refresh(id, tokens.body.refresh_token);
  expect(refreshed.body.scope).toBe('openid');
  const changes = await service.db.auditEvent.findMany({
    where: { type: 'client.changed', subject: id },
  });
  expect(changes.map(({ actor, details }) => ({ actor, details }))).toEqual([
    { actor: id, details: { changed: ['name', 'redirectUris', 'scopes'], document: true } },
  ]);
});

test('while its host is away a client goes on for a day; without its document it is none', async () => {
  const id = host.publish('/away.json', {}, { 'cache-control': 'max-age=60' });
  let { tokens } = await connect(id);
  host.serve('/away.json', (_req, res) => res.writeHead(503).end());
  clock.forwardSeconds(3_600);
  tokens = await refresh(id, tokens.body.refresh_token);
  expect(tokens.status).toBe(200);
  clock.forwardSeconds(24 * 3_600);
  const tooLong = await refresh(id, tokens.body.refresh_token);
  expect(tooLong).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
  host.publish('/away.json', {}, { 'cache-control': 'max-age=60' });
  clock.forwardSeconds(31);
  tokens = await refresh(id, tokens.body.refresh_token);
  expect(tokens.status).toBe(200);
  host.remove('/away.json');
  clock.forwardSeconds(61);
  const removed = await refresh(id, tokens.body.refresh_token);
  expect(removed).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  expect(removed.body.detail).toContain('status 404');
});

/** The path of a client for administrators. */
const adminPath = (id: string) => `/admin/clients/~${Buffer.from(id).toString('base64url')}`;

test('an administrator sees it, disables it, and changes nothing of what its document says', async () => {
  const id = host.publish('/watched.json');
  const { browser, tokens } = await connect(id);
  const token = await service.adminToken();
  const shown = await service.request(`GET ${adminPath(id)}`, { token });
  expect(shown.body).toMatchObject({
    client_id: id,
    redirect_uris: [AGENT_CALLBACK],
    disabledAt: null,
  });
  expect(shown.body.documentFetchedAt).toMatch(/^\d{4}-/);
  const renamed = await service.request(`PATCH ${adminPath(id)}`, {
    token,
    json: { name: 'Nice' },
  });
  expect(renamed).toMatchObject({ status: 409, body: { code: 'client_is_document' } });
  const secret = await service.request(`POST ${adminPath(id)}/secret`, { token });
  expect(secret.body.code).toBe('client_has_no_secret');

  expect((await service.request(`DELETE ${adminPath(id)}`, { token })).status).toBe(204);
  expect((await todoOf(tokens.body.access_token)).status).toBe(401);
  expect((await refresh(id, tokens.body.refresh_token)).status).toBe(401);
  const request = authorizeUrl({ client_id: id, redirect_uri: AGENT_CALLBACK });
  expect((await browser.open(request)).text).toContain('There is no client with this client_id.');
  await service.request(`PATCH ${adminPath(id)}`, { token, json: { disabled: false } });
  expect((await browser.open(request)).text).toContain('asks for access');
});

test('one is blocked before anyone has used it; no other spelling lets it in', async () => {
  const id = host.publish('/unwanted.json');
  const token = await service.adminToken();
  const blocked = await service.request(`PATCH ${adminPath(id)}`, {
    token,
    json: { disabled: true },
  });
  expect(blocked.status).toBe(200);
  const ask = (client_id: string) =>
    openBrowser(service).open(authorizeUrl({ client_id, redirect_uri: AGENT_CALLBACK }));
  expect((await ask(id)).text).toContain('There is no client');
  expect(host.requests).not.toContain('/unwanted.json');
  expect((await ask(id.replace('agent', 'AGENT'))).text).toContain('must be written as');
  await service.request(`PATCH ${adminPath(id)}`, { token, json: { disabled: false } });
  expect((await ask(id)).text).toContain('name="password"');
});

test.each([
  ['a path that decodes to nothing known', '~aHR0cHM6Ly9ub2JvZHkudGVzdC94', 404],
  ['no base64url', '~%2B', 400],
  ['control characters within', `~${Buffer.from('https://a\0b').toString('base64url')}`, 400],
])('an administrator asks for %s', async (_name, segment, status) => {
  const token = await service.adminToken();
  expect((await service.request(`GET /admin/clients/${segment}`, { token })).status).toBe(status);
});

test('one address makes so many fetches a minute, and known clients go on', async () => {
  const env = { ...agentEnv, CLIENT_ID_METADATA_FETCHES_PER_ADDRESS: '3' };
  const limited = await startAuthService({ env, outbound: outboundTo(host) });
  const ask = (path: string) =>
    openBrowser(limited).open(
      authorizeUrl({ client_id: host.publish(path), redirect_uri: AGENT_CALLBACK }),
    );
  try {
    const pages = [];
    for (const number of [1, 2, 3, 4, 1]) pages.push(await ask(`/flood-${number}.json`));
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200, 429, 200]);
  } finally {
    await limited.stop();
  }
});

test('off: no address is a client, and the metadata says so', async () => {
  const metadata = () => service.request('GET /.well-known/oauth-authorization-server');
  expect((await metadata()).body.client_id_metadata_document_supported).toBe(true);
  const env = { ...agentEnv, CLIENT_ID_METADATA: 'off' };
  const off = await startInstance(service.scratch.url, { env, outbound: outboundTo(host) });
  try {
    const known = host.at('/first.json');
    const request = authorizeUrl({ client_id: known, redirect_uri: AGENT_CALLBACK });
    expect((await openBrowser(off).open(request)).text).toContain('There is no client');
    const { body } = await off.request('GET /.well-known/oauth-authorization-server');
    expect(body.client_id_metadata_document_supported).toBe(false);
  } finally {
    await off.stop();
  }
});
