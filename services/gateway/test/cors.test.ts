import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { gatewayTo, listen, readyAnd, startGateway } from './harness.ts';

const PAGE = 'https://app.example';
const EXPOSED = 'Link, Location, ETag, Retry-After, WWW-Authenticate, X-Request-Id, *';

interface Asked {
  origin?: string;
  method?: string;
  headers?: string;
}

/** The preflight that a browser sends; `fetch` itself would not set these headers. */
function preflight(url: string, asked: Asked = {}) {
  const { origin = PAGE, method = 'GET', headers } = asked;
  return raw(url, 'OPTIONS', {
    Origin: origin,
    'Access-Control-Request-Method': method,
    ...(headers ? { 'Access-Control-Request-Headers': headers } : {}),
  });
}

async function raw(url: string, method: string, headers: Record<string, string>) {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const req = request(url, { method, headers }, async (answer) => {
    const chunks = await answer.toArray();
    const head = answer.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 ? [[name, all[index + 1]] as [string, string]] : [],
    );
    const body = chunks.length > 0 ? Buffer.concat(chunks) : null;
    resolve(new Response(body, { status: answer.statusCode ?? 0, headers: head }));
  });
  req.on('error', reject).end();
  return promise;
}

const corsOf = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => /^access-control-|^vary$/.test(name)));

describe('where no origin is named', () => {
  test('a preflight goes to the service, and nothing is added', async () => {
    const { url } = await gatewayTo((req, res) => {
      res.setHeader('Access-Control-Allow-Origin', 'https://of.the.service');
      res.end(`${req.method} ${req.headers['access-control-request-method']}`);
    });
    const answer = await preflight(`${url}/todo`);
    expect(await answer.text()).toBe('OPTIONS GET');
    expect(corsOf(answer)).toEqual({ 'access-control-allow-origin': 'https://of.the.service' });
  });

  test('not on the gateway’s own addresses either', async () => {
    const { url } = await gatewayTo((_req, res) => res.end());
    expect(corsOf(await raw(`${url}/healthz`, 'GET', { Origin: PAGE }))).toEqual({});
  });
});

describe('a preflight', () => {
  const start = () => {
    const asked: unknown[] = [];
    const gateway = gatewayTo((req, res) => res.end(String(asked.push(req.method))), {
      corsOrigins: [PAGE, 'http://localhost:5173'],
    });
    return gateway.then(({ url }) => ({ url, asked }));
  };

  test('of a named origin is answered at the door', async () => {
    const { url, asked } = await start();
    const answer = await preflight(`${url}/todo`, { method: 'PUT', headers: 'authorization,dpop' });
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    expect(corsOf(answer)).toEqual({
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'authorization, dpop',
      'access-control-max-age': '7200',
      vary: 'Origin, Access-Control-Request-Headers',
    });
    expect(asked).toEqual([]);
  });

  test.each([
    ['https://evil.example'],
    ['null'],
    ['https://app.example:444'],
    ['http://app.example'],
    ['https://app.example.evil.example'],
    ['https://APP.example'],
    ['https://app.example, https://evil.example'],
  ])('of %s is refused in words', async (origin) => {
    const { url, asked } = await start();
    const answer = await preflight(`${url}/todo`, { origin });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'origin_not_allowed' });
    expect(corsOf(answer)).toEqual({ vary: 'Origin' });
    expect(asked).toEqual([]);
  });

  test.each([
    ['content-type,idempotency-key,if-match', 'content-type, idempotency-key, if-match'],
    ['mcp-session-id, traceparent,x-request-id', 'mcp-session-id, traceparent, x-request-id'],
    ['x-user, authorization, x-forwarded-for', 'authorization'],
    ['a\tb, authorization', 'authorization'],
    ['x-user', null],
    [`authorization, ${'x'.repeat(2048)}`, null],
  ])('for the headers %s allows %s', async (headers, allowed) => {
    const { url } = await start();
    const answer = await preflight(`${url}/todo`, { headers });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-headers')).toBe(allowed);
  });

  test('for an address that nobody serves is answered too, so that its 404 can be read', async () => {
    const { url } = await start();
    expect((await preflight(`${url}/nothing`)).status).toBe(204);
    const answer = await raw(`${url}/nothing`, 'GET', { Origin: PAGE });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([404, PAGE]);
  });

  test('needs a method asked for: any other OPTIONS goes to the service', async () => {
    const { url, asked } = await start();
    const answer = await raw(`${url}/todo`, 'OPTIONS', { Origin: PAGE });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, PAGE]);
    expect(asked).toEqual(['OPTIONS']);
  });
});

describe('an answer', () => {
  const corsOrigins = [PAGE];

  test('is for the page that asked, and of CORS says what the gateway says', async () => {
    const { url } = await gatewayTo(
      (_req, res) => {
        res.setHeader('Access-Control-Allow-Origin', '*');
        res.setHeader('Access-Control-Allow-Credentials', 'true');
        res.setHeader('Access-Control-Expose-Headers', 'X-Secret');
        res.setHeader('Vary', 'Accept-Encoding');
        res.writeHead(401, { 'WWW-Authenticate': 'Bearer realm="x"' }).end();
      },
      { corsOrigins },
    );
    const answer = await raw(`${url}/todo`, 'GET', { Origin: PAGE });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="x"');
    expect(corsOf(answer)).toEqual({
      'access-control-allow-origin': PAGE,
      'access-control-expose-headers': EXPOSED,
      vary: 'Accept-Encoding, Origin',
    });
  });

  test.each([[undefined], ['https://evil.example']])(
    'to origin %s says only that it varies',
    async (origin) => {
      const { url } = await gatewayTo(
        (_req, res) => {
          res.setHeader('Access-Control-Allow-Origin', '*');
          res.setHeader('Vary', 'Origin');
          res.end('ok');
        },
        { corsOrigins },
      );
      const headers: Record<string, string> = origin ? { Origin: origin } : {};
      expect(corsOf(await raw(`${url}/todo`, 'GET', headers))).toEqual({ vary: 'Origin' });
    },
  );

  test.each<[number, string, Record<string, string>]>([
    [400, '/todo/..;/x', {}],
    [404, '/nothing', {}],
    [413, '/todo', { 'Content-Length': '65537' }],
    [503, '/away', {}],
    [501, '/todo', { Connection: 'upgrade', Upgrade: 'websocket' }],
    [200, '/openapi.json', {}],
  ])('of the gateway itself, %i, can be read as well', async (status, path, headers) => {
    const away = { name: 'away', routes: ['/away'], baseUrl: 'http://127.0.0.1:9' };
    const upstream = await listen(readyAnd((_req, res) => res.end()));
    const todo = { name: 'todo', routes: ['/todo'], baseUrl: upstream.url };
    const { url } = await startGateway([away, todo], { corsOrigins });
    const method = status === 413 ? 'POST' : 'GET';
    const answer = await raw(url + path, method, { Origin: PAGE, ...headers });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(answer.headers.get('vary')).toContain('Origin');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });
});

test('a service can name further origins, for its routes alone', async () => {
  const upstream = await listen(readyAnd((_req, res) => res.end()));
  const at = (name: string, cors?: string[]) => ({
    ...{ name, routes: [`/${name}`], baseUrl: upstream.url },
    cors,
  });
  const shop = 'https://shop.example';
  const { url } = await startGateway([at('pets', [shop]), at('todo')], { corsOrigins: [PAGE] });
  const allowed = async (path: string, origin: string) =>
    (await preflight(url + path, { origin })).status;
  expect(await allowed('/pets', shop)).toBe(204);
  expect(await allowed('/pets/1', PAGE)).toBe(204);
  expect(await allowed('/todo', shop)).toBe(403);
  expect(await allowed('/docs/openapi.json', shop)).toBe(403);
});

test('a service that asks for a header lets pages send it', async () => {
  const options = { corsOrigins: [PAGE], headers: ['x-auth-signature'] };
  const { url } = await gatewayTo((_req, res) => res.end(), options);
  const answer = await preflight(`${url}/todo`, { headers: 'x-auth-signature,x-auth-user' });
  expect(answer.headers.get('access-control-allow-headers')).toBe('x-auth-signature');
});
