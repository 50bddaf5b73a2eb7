import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AGENT_CALLBACK,
  AGENT_HOST,
  aDocument,
  type DocumentHost,
  OTHER_HOST,
  openDocumentHost,
  outboundTo,
  sendJson,
} from './document-host.ts';
import { type AuthService, startAuthService, startInstance } from './harness.ts';
import { authorizeUrl, openBrowser } from './hosted-browser.ts';

const TIMEOUT_MS = 400;
/** Not on the list of internal hosts, and on this computer all the same. */
const OUTSIDE_HOST = 'localhost';

const env = {
  CLIENT_ID_METADATA_INTERNAL_HOSTS: `${AGENT_HOST} ${OTHER_HOST} stranger.test`,
  CLIENT_ID_METADATA_FETCHES_PER_ADDRESS: '100000',
};

let host: DocumentHost;
let service: AuthService;
const asked: string[] = [];
beforeAll(async () => {
  host = await openDocumentHost();
  const resolve = async (name: string) => {
    asked.push(name);
    return name === 'nowhere.test' ? Promise.reject(new Error('ENOTFOUND')) : ['127.0.0.1'];
  };
  const outbound = { ...outboundTo(host), resolve, timeoutMs: TIMEOUT_MS };
  service = await startAuthService({ env, outbound });
});
afterAll(async () => {
  await service.stop();
  await host.stop();
});

const begin = (clientId: string, given: Record<string, string> = {}) =>
  openBrowser(service).open(
    authorizeUrl({ client_id: clientId, redirect_uri: 'https://agent.test/callback', ...given }),
  );

/** Nobody is sent anywhere, and the page says what is wrong. */
async function expectRefused(clientId: string, detail: string, given: Record<string, string> = {}) {
  const page = await begin(clientId, given);
  expect(page.text.replaceAll('&#39;', "'")).toContain(detail);
  // What may be there in a moment is no fault of the request.
  const isAway = detail.includes('cannot be fetched');
  expect(page).toMatchObject({ status: isAway ? 503 : 400, location: undefined });
  expect(page.headers.get('retry-after')).toBe(isAway ? '30' : null);
}

const FETCHED_IN_VAIN = 'The metadata document of this client cannot be fetched.';

test.each([
  ['plain http', 'http://agent.test/a.json', 'must be an https URL'],
  ['no path', 'https://agent.test/', 'must have a path'],
  ['no path at all', 'https://agent.test', 'must have a path'],
  ['a fragment', 'https://agent.test/a.json#b', 'must not have a fragment'],
  ['an empty fragment', 'https://agent.test/a.json#', 'must not have a fragment'],
  ['a username', 'https://me@agent.test/a.json', 'must not have a username or password'],
  ['a password', 'https://me:pw@agent.test/a.json', 'must not have a username or password'],
  [
    'dot segments',
    'https://agent.test/a/../b.json',
    'must be written as https://agent.test/b.json',
  ],
  ['encoded dot segments', 'https://agent.test/a/%2e%2e/b.json', 'must be written as'],
  ['upper case', 'https://AGENT.test/a.json', 'must be written as https://agent.test/a.json'],
  [
    'the usual port',
    'https://agent.test:443/a.json',
    'must be written as https://agent.test/a.json',
  ],
  [
    'a host with a dot at its end',
    'https://agent.test./a.json',
    'must not have a dot after the host',
  ],
  ['a backslash', 'https:\\\\agent.test\\a.json', 'There is no client'],
  ['a decimal address', 'https://2130706433/a.json', 'must be written as https://127.0.0.1/a.json'],
  ['a hexadecimal address', 'https://0x7f000001/a.json', 'must be written as'],
  ['an octal address', 'https://0177.0.0.1/a.json', 'must be written as'],
  ['a short address', 'https://127.1/a.json', 'must be written as'],
  ['this server', 'http://localhost:8080/sign-in', 'must be an https URL'],
  ['another scheme', 'file:///etc/passwd', 'There is no client'],
])('refused by its address alone: %s', async (_name, clientId, detail) => {
  const before = host.connections();
  await expectRefused(clientId, detail);
  expect(host.connections()).toBe(before);
});

test.each([
  ['a private address', '10.0.0.1'],
  ['loopback', '127.0.0.1'],
  ['the cloud', '169.254.169.254'],
  ['loopback, v6', '[::1]'],
  ['IPv4-mapped loopback', '[::ffff:7f00:1]'],
  ['unique local', '[fd00::1]'],
  ['a name that resolves to loopback', OUTSIDE_HOST],
  ['a name without an address', 'nowhere.test'],
])('not one connection to %s', async (_name, hostname) => {
  const before = host.connections();
  await expectRefused(`https://${hostname}:${host.port}/a.json`, FETCHED_IN_VAIN);
  expect(host.connections()).toBe(before);
});

/** What the host answers, and what the developer reads. */
test.each([
  [
    'a redirect',
    () =>
      host.serve('/redirect.json', (_req, res) =>
        res.writeHead(302, { location: host.at('/ok.json') }).end(),
      ),
    'was answered with status 302, not 200',
  ],
  ['nothing there', () => undefined, 'was answered with status 404, not 200'],
  [
    'a success of another kind',
    () =>
      host.serve('/201.json', (_req, res) =>
        res.writeHead(201, { 'content-type': 'application/json' }).end('{}'),
      ),
    'status 201',
  ],
  [
    'a page',
    () =>
      host.serve('/page', (_req, res) =>
        res.writeHead(200, { 'content-type': 'text/html' }).end('{}'),
      ),
    'must have the content type application/json',
  ],
  [
    'no content type',
    () => host.serve('/untyped', (_req, res) => res.writeHead(200).end('{}')),
    'must have the content type application/json',
  ],
  [
    'a compressed bomb',
    () =>
      host.serve('/bomb', (_req, res) =>
        res
          .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
          .end('x'),
      ),
    'must not be compressed',
  ],
  [
    'a huge document that says so',
    () =>
      host.serve('/huge', (_req, res) => sendJson(res, { ...aDocument, more: 'x'.repeat(20_000) })),
    'must have at most 16384 bytes',
  ],
  [
    'one without an end',
    () =>
      host.serve('/endless', (_req, res) => {
        res.writeHead(200, { 'content-type': 'application/json' });
        const more = setInterval(() => res.write('x'.repeat(1_000)), 1);
        res.on('close', () => clearInterval(more));
      }),
    'must have at most 16384 bytes',
  ],
  [
    'huge headers',
    () =>
      host.serve('/headers', (_req, res) =>
        res.writeHead(200, { 'x-more': 'x'.repeat(10_000) }).end(),
      ),
    'cannot be fetched',
  ],
  ['one that never answers', () => host.serve('/silent', () => undefined), 'cannot be fetched'],
  [
    'one byte at a time',
    () =>
      host.serve('/slow', (_req, res) => {
        res.writeHead(200, { 'content-type': 'application/json' });
        const more = setInterval(() => res.write(' '), 50);
        res.on('close', () => clearInterval(more));
      }),
    'cannot be fetched',
  ],
  [
    'a connection that breaks',
    () => host.serve('/broken', (req) => req.socket.destroy()),
    'cannot be fetched',
  ],
  [
    'no JSON',
    () =>
      host.serve('/text', (_req, res) =>
        res.writeHead(200, { 'content-type': 'application/json' }).end('{"client_id"'),
      ),
    'must be JSON in UTF-8',
  ],
  [
    'bytes that are no UTF-8',
    () =>
      host.serve('/latin', (_req, res) =>
        res
          .writeHead(200, { 'content-type': 'application/json' })
          .end(Buffer.from([0x22, 0xe9, 0x22])),
      ),
    'must be JSON in UTF-8',
  ],
  ['a list', () => host.serve('/list', (_req, res) => sendJson(res, [])), 'is not valid'],
])('fetched and refused: %s', async (name, serve, detail) => {
  serve();
  const path = [...host.paths()].at(-1) ?? '/';
  const startedMs = performance.now();
  await expectRefused(host.at(name === 'nothing there' ? '/absent.json' : path), detail);
  expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS + 3_000);
  expect(host.requests).not.toContain('/ok.json');
});

const SECRET_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'tls_client_auth',
];

test.each([
  [
    'the client_id of another path',
    { client_id: `https://${AGENT_HOST}/other.json` },
    'names another client_id',
  ],
  [
    'the client_id of another host',
    { client_id: `https://${OTHER_HOST}/a.json` },
    'names another client_id',
  ],
  [
    'a client_id in other letters',
    { client_id: 'HTTPS://agent.test/a.json' },
    'names another client_id',
  ],
  ['no client_id', { client_id: undefined }, 'client_id'],
  ...SECRET_METHODS.map((method): [string, object, string] => [
    `the method ${method}`,
    { token_endpoint_auth_method: method },
    'must be none or private_key_jwt',
  ]),
  ['a secret', { client_secret: 'hush' }, 'client_secret must be left out'],
  ['the expiry of a secret', { client_secret_expires_at: 0 }, 'client_secret must be left out'],
  ['no redirect URI', { redirect_uris: [] }, 'redirect_uris'],
  [
    'redirect URIs that are text',
    { redirect_uris: 'https://agent.test/callback' },
    'redirect_uris',
  ],
  [
    'a plain http redirect URI',
    { redirect_uris: ['http://agent.test/callback'] },
    'has no redirect URI',
  ],
  [
    'a scheme of its own',
    { redirect_uris: ['garden://callback', 'javascript:alert(1)'] },
    'has no redirect URI',
  ],
  [
    'another grant alone',
    { grant_types: ['client_credentials'] },
    'must include authorization_code',
  ],
  ['the implicit flow', { response_types: ['token'] }, 'must include code'],
  [
    'a name that turns the text around',
    { client_name: 'ok\u202e' },
    'must not have control characters',
  ],
  ['a name without an end', { client_name: 'x'.repeat(101) }, 'client_name'],
  [
    'keys in two ways',
    {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [] },
      jwks_uri: 'https://agent.test/k',
    },
    'either jwks or jwks_uri',
  ],
  [
    'private_key_jwt without keys',
    { token_endpoint_auth_method: 'private_key_jwt' },
    'either jwks or jwks_uri',
  ],
  [
    'a key set with a symmetric key',
    {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] },
    },
    'no public key that can be used',
  ],
  [
    'a key set of another kind',
    { token_endpoint_auth_method: 'private_key_jwt', jwks: [] },
    'must be a JWK Set',
  ],
  [
    'a jwks_uri by http',
    { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'http://agent.test/k' },
    'has a jwks_uri that must be an https URL',
  ],
  [
    'a jwks_uri that leads inside',
    { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://169.254.169.254/k' },
    'has a jwks_uri that cannot be fetched',
  ],
])('a document with %s is refused', async (name, more, detail) => {
  const id = host.publish(`/${encodeURIComponent(name)}.json`, more);
  await expectRefused(id, detail);
});

test('a redirect URI that the document does not have is refused, of whatever host', async () => {
  const id = host.publish('/exact.json');
  const detail = 'redirect_uri is not one that the client registered.';
  for (const redirect_uri of [
    'https://evil.example/callback',
    'https://agent.test/callback/',
    'https://agent.test/callback?next=evil',
    'https://agent.test.evil.example/callback',
    'http://127.0.0.1:9999/callback',
  ]) {
    await expectRefused(id, detail, { redirect_uri });
  }
  expect((await begin(id)).text).toContain('name="password"');
});

test('a certificate of another name, or that nobody vouches for, is refused', async () => {
  await expectRefused(`https://stranger.test:${host.port}/a.json`, 'cannot be fetched');
  const resolve = async () => ['127.0.0.1'];
  const trusting = await startInstance(service.scratch.url, {
    env,
    outbound: { resolve },
  });
  const before = host.requests.length;
  const request = authorizeUrl({
    client_id: host.publish('/untrusted.json'),
    redirect_uri: AGENT_CALLBACK,
  });
  const page = await openBrowser(trusting).open(request);
  await trusting.stop();
  expect([page.status, page.text.includes('cannot be fetched')]).toEqual([503, true]);
  expect(host.requests.length).toBe(before);
});

test('Cache-Control in several headers is read as one', async () => {
  host.serve('/twice.json', (_req, res) => {
    res.setHeader('cache-control', ['public', 'max-age=600']);
    sendJson(res, { ...aDocument, client_id: host.at('/twice.json') });
  });
  expect((await begin(host.at('/twice.json'))).text).toContain('name="password"');
});

test('a host is resolved once for a fetch', async () => {
  const id = host.publish('/once.json');
  asked.length = 0;
  await begin(id);
  expect(asked).toEqual([AGENT_HOST]);
});

test('many who ask for one document at once make one request', async () => {
  const id = host.publish('/together.json');
  await Promise.all(Array.from({ length: 20 }, () => begin(id)));
  expect(host.requests.filter((path) => path === '/together.json')).toHaveLength(1);
});

test('one network with slow documents leaves room for the others', async () => {
  const crowded = await startInstance(service.scratch.url, {
    env: { ...env, TRUSTED_PROXIES: 'loopback' },
    outbound: { ...outboundTo(host), timeoutMs: 3_000 },
  });
  try {
    const beginFrom = (address: string, clientId: string) =>
      openBrowser(crowded).send(
        authorizeUrl({ client_id: clientId, redirect_uri: AGENT_CALLBACK }),
        { headers: { 'x-forwarded-for': address } },
      );
    let arrived = 0;
    const fourArrived = new Promise<void>((resolve) => {
      for (let n = 0; n < 4; n++) {
        host.serve(`/held-${n}.json`, () => {
          arrived += 1;
          if (arrived === 4) resolve();
        });
      }
    });
    const held = Array.from({ length: 4 }, (_, n) =>
      beginFrom(`198.51.100.7`, host.at(`/held-${n}.json`)),
    );
    await fourArrived;
    const id = host.publish('/waiting.json');
    const refused = await beginFrom('198.51.100.7', id);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30']);
    expect(refused.text).toContain('cannot be fetched right now');
    expect((await beginFrom('203.0.113.9', id)).status).toBeLessThan(400);
    for (const { status } of await Promise.all(held)) expect(status).toBe(503);
  } finally {
    await crowded.stop();
  }
});

test('what failed is not fetched again at once', async () => {
  await expectRefused(host.at('/gone.json'), 'status 404');
  await expectRefused(host.at('/gone.json'), 'status 404');
  expect(host.requests.filter((path) => path === '/gone.json')).toHaveLength(1);
});

test('the connection to a slow host is closed when its time is up', async () => {
  let closed: Promise<unknown> | undefined;
  host.serve('/hang.json', (req) => {
    closed = once(req.socket, 'close');
  });
  await expectRefused(host.at('/hang.json'), 'cannot be fetched');
  await closed;
});

test('a stranger fills no table', async () => {
  expect(await service.db.client.count({ where: { id: { startsWith: 'http' } } })).toBe(0);
  expect(await service.db.programName.count({ where: { name: { startsWith: 'http' } } })).toBe(0);
});

test('the token endpoint says it in its own way', async () => {
  const id = host.publish('/secretive.json', { client_secret: 'hush' });
  const refused = await service.request('POST /token', {
    form: { grant_type: 'refresh_token', refresh_token: 'x', client_id: id },
  });
  expect(refused).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  expect(refused.body.detail).toContain('client_secret must be left out');
  const away = await service.request('POST /token', {
    form: { grant_type: 'refresh_token', refresh_token: 'x', client_id: host.at('/silent') },
  });
  expect(away).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
  expect(away.headers.get('retry-after')).toBe('30');
});
