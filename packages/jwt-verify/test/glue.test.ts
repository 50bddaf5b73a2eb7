import { once } from 'node:events';
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import {
  assertEveryRouteIsGuarded,
  optionalToken,
  optionalTokenOf,
  publicRoute,
  requireToken,
  tokenOf,
} from '../src/express.ts';
import * as forFastify from '../src/fastify.ts';
import * as forFetch from '../src/fetch.ts';
import { createVerifier, type Verifier } from '../src/index.ts';
import * as forNode from '../src/node.ts';
import { startTestIssuer, type TestIssuer } from '../src/testing.ts';

let issuer: TestIssuer;
let verifier: Verifier;
const origins: Record<string, string> = {};
const closing: (() => unknown)[] = [];

const serve = async (name: string, listener: RequestListener | Server): Promise<void> => {
  const server = typeof listener === 'function' ? createServer(listener) : listener;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  origins[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const needs = { scope: 'todo:write', role: ['agent', 'admin'] } as const;

beforeAll(async () => {
  issuer = await startTestIssuer();
  verifier = createVerifier({
    ...issuer.verifierOptions(),
    resourceMetadata: 'https://api.example.com/.well-known/oauth-protected-resource',
  });
  closing.push(() => verifier.close(), issuer.close);

  const app = express();
  app.get('/', requireToken(verifier), (req, res) => void res.json({ sub: tokenOf(req).subject }));
  app.get(
    '/agents',
    requireToken(verifier, needs),
    (req, res) => void res.json(tokenOf(req).roles),
  );
  app.get(
    '/perhaps',
    optionalToken(verifier),
    (req, res) => void res.json(optionalTokenOf(req) ?? null),
  );
  app.get('/open', publicRoute, (_req, res) => void res.json('open'));
  assertEveryRouteIsGuarded(app);
  await serve('express', app as RequestListener);

  await serve('node', (req, res) => {
    const requirements = req.url === '/agents' ? needs : {};
    void forNode.withToken(
      verifier,
      (_req, response, token) => response.end(JSON.stringify({ sub: token.subject })),
      requirements,
    )(req, res);
  });

  const fast = fastify();
  fast.get('/', { onRequest: forFastify.requireToken(verifier) }, async (request) => ({
    sub: forFastify.tokenOf(request).subject,
  }));
  fast.get('/agents', { onRequest: forFastify.requireToken(verifier, needs) }, async () => ({}));
  origins.fastify = await fast.listen({ port: 0, host: '127.0.0.1' });
  closing.push(() => fast.close());
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}
/** fetch would join two headers of one name; node:http sends them as they are. */
const ask = (url: string, authorization: string[] = []): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = authorization.length > 0 ? { authorization } : {};
    httpRequest(url, { headers: headers as never, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    })
      .on('error', reject)
      .end();
  });

const CASES: readonly [
  string,
  string,
  () => string[],
  number,
  RegExp | undefined,
  string | undefined,
][] = [
  [
    'no token',
    '/',
    () => [],
    401,
    /^Bearer realm="test-service", resource_metadata="https:\/\/api[^"]+"$/,
    'Not authenticated',
  ],
  [
    'another scheme',
    '/',
    () => ['Basic YTpi'],
    401,
    /^Bearer realm="test-service", resource/,
    'Not authenticated',
  ],
  [
    'a bad token',
    '/',
    () => ['Bearer x.y.z'],
    401,
    /error="invalid_token", error_description="[^"\\]+"/,
    'Could not validate user.',
  ],
  [
    'an expired token',
    '/',
    () => [`Bearer ${issuer.mint({ lifetimeSeconds: -1 })}`],
    401,
    /error="invalid_token"/,
    'Could not validate user.',
  ],
  ['Bearer alone', '/', () => ['Bearer'], 400, /error="invalid_request"/, undefined],
  [
    'two words',
    '/',
    () => [`Bearer ${issuer.mint()} x`],
    400,
    /error="invalid_request"/,
    undefined,
  ],
  [
    'two tokens in one header',
    '/',
    () => [`Bearer ${issuer.mint()}, Bearer ${issuer.mint()}`],
    400,
    /error="invalid_request"/,
    undefined,
  ],
  [
    'two headers',
    '/',
    () => [`Bearer ${issuer.mint()}`, `Bearer ${issuer.mint()}`],
    400,
    /error="invalid_request"/,
    undefined,
  ],
  [
    'a token in the query too',
    '/?access_token=x',
    () => [`Bearer ${issuer.mint()}`],
    400,
    /error="invalid_request"/,
    undefined,
  ],
  [
    'a token in the query alone',
    `/?access_token=x`,
    () => [],
    401,
    /^Bearer realm/,
    'Not authenticated',
  ],
  [
    'too little scope',
    '/agents',
    () => [`Bearer ${issuer.mint({ claims: { scope: 'todo:read', roles: ['agent'] } })}`],
    403,
    /error="insufficient_scope".*scope="todo:write"/,
    'Not permitted.',
  ],
  [
    'the wrong role',
    '/agents',
    () => [`Bearer ${issuer.mint({ claims: { scope: 'todo:write', roles: ['user'] } })}`],
    403,
    /error="insufficient_scope"/,
    'Not permitted.',
  ],
  ['a good token', '/', () => [`Bearer ${issuer.mint()}`], 200, undefined, undefined],
  [
    'several spaces after the scheme',
    '/',
    () => [`Bearer   ${issuer.mint()}`],
    200,
    undefined,
    undefined,
  ],
  [
    'a tab after the scheme',
    '/',
    () => [`Bearer\t${issuer.mint()}`],
    400,
    /error="invalid_request"/,
    undefined,
  ],
  [
    'a tab after the space',
    '/',
    () => [`Bearer \t${issuer.mint()}`],
    400,
    /error="invalid_request"/,
    undefined,
  ],
  [
    'a token in the query too, last and empty',
    '/?a=1&access_token=',
    () => [`Bearer ${issuer.mint()}`],
    400,
    /error="invalid_request"/,
    undefined,
  ],
  [
    'a token in the query too, its name escaped',
    '/?a=1&access%5Ftoken=x',
    () => [`Bearer ${issuer.mint()}`],
    400,
    /error="invalid_request"/,
    undefined,
  ],
  [
    'a parameter whose name ends like it',
    '/?partner_access_token=x',
    () => [`Bearer ${issuer.mint()}`],
    200,
    undefined,
    undefined,
  ],
  [
    'a parameter whose name starts like it',
    '/?access_token_hint=x',
    () => [`Bearer ${issuer.mint()}`],
    200,
    undefined,
    undefined,
  ],
  [
    'a value that holds it',
    '/?next=/cb?access_token=x&q=what+is+access_token=',
    () => [`Bearer ${issuer.mint()}`],
    200,
    undefined,
    undefined,
  ],
  [
    'a value that holds it escaped',
    '/?next=%26access_token%3Dx',
    () => [`Bearer ${issuer.mint()}`],
    200,
    undefined,
    undefined,
  ],
  [
    'other escapes',
    '/?a%20b=%2F&c=%zz',
    () => [`Bearer ${issuer.mint()}`],
    200,
    undefined,
    undefined,
  ],
  ['bearer in lower case', '/', () => [`bearer ${issuer.mint()}`], 200, undefined, undefined],
  [
    'scope and role',
    '/agents',
    () => [`Bearer ${issuer.mint({ claims: { scope: 'a todo:write', roles: ['agent'] } })}`],
    200,
    undefined,
    undefined,
  ],
];

describe.each(['express', 'node', 'fastify'])('%s', (name) => {
  test.each(CASES)('%s', async (_case, path, authorization, status, challenge, detail) => {
    const answer = await ask(`${origins[name]}${path}`, authorization());
    expect(answer.status).toBe(status);
    if (challenge === undefined) return expect(answer.headers['www-authenticate']).toBeUndefined();
    expect(answer.headers['www-authenticate']).toMatch(challenge);
    // Express's own error page stands in here: the app has no error handler of its own.
    if (name === 'express') return;
    expect(answer.headers['content-type']).toMatch('application/problem+json');
    const problem = JSON.parse(answer.body);
    expect(Object.keys(problem).sort()).toEqual(['code', 'detail', 'status', 'title', 'type']);
    if (detail !== undefined) expect(problem.detail).toBe(detail);
  });
});

describe('express', () => {
  test('an optional token is taken or missed, but not a bad one', async () => {
    const url = `${origins.express}/perhaps`;
    expect((await ask(url)).body).toBe('null');
    const good = await ask(url, [`Bearer ${issuer.mint()}`]);
    expect(JSON.parse(good.body).subject).toBe('test-user');
    expect(good.body).not.toContain('eyJ');
    expect((await ask(url, ['Bearer bad'])).status).toBe(401);
  });

  test('a public route asks for nothing', async () => {
    expect((await ask(`${origins.express}/open`)).status).toBe(200);
  });

  test('routes without a guard are named, nested ones too', () => {
    const app = express();
    const router = express.Router();
    const guarded = express.Router().use(requireToken(verifier));
    guarded.get('/in', (_req, res) => void res.end());
    router.get('/a/:id', (_req, res) => void res.end());
    router
      .route('/b')
      .get(publicRoute, (_req, res) => void res.end())
      .post((_req, res) => void res.end());
    app.use('/x', router);
    app.use('/y', guarded);
    app.all('/late', (_req, res) => void res.end(), publicRoute);
    expect(() => assertEveryRouteIsGuarded(app)).toThrow(
      'these routes have no guard: GET (router)/a/:id, POST (router)/b, ALL /late;',
    );
  });

  test('without a guard tokenOf says so', () => {
    expect(() => tokenOf({})).toThrow('put requireToken(verifier) before it');
  });
});

describe('fetch', () => {
  const handler = () =>
    forFetch.withToken(verifier, (_request, token) => Response.json(token.subject), needs);
  const requestWith = (authorization?: string) =>
    new Request(
      'http://x.test/',
      authorization === undefined ? {} : { headers: { authorization } },
    );

  test('lets a good token in and answers the others', async () => {
    const good = issuer.mint({ claims: { scope: 'todo:write', roles: ['admin'] } });
    expect(await (await handler()(requestWith(`Bearer ${good}`))).json()).toBe('test-user');
    const none = await handler()(requestWith());
    expect([none.status, none.headers.get('content-type')]).toEqual([
      401,
      'application/problem+json',
    ]);
    expect((await handler()(requestWith(`Bearer ${issuer.mint()}`))).status).toBe(403);
    const twice = requestWith(`Bearer ${good}`);
    twice.headers.append('authorization', `Bearer ${good}`);
    expect((await handler()(twice)).status).toBe(400);
  });

  test.each(CASES.filter(([, path, , status]) => path !== '/agents' && status < 401))(
    '%s',
    async (_case, path, authorization, status) => {
      const headers = new Headers();
      for (const value of authorization()) headers.append('authorization', value);
      const answer = await forFetch.withToken(
        verifier,
        () => new Response(),
      )(new Request(`http://x.test${path}`, { headers }));
      expect(answer.status).toBe(status);
    },
  );
});

describe('an upgrade', () => {
  test('is let through with a token and answered without', async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', async (request, socket, head) => {
      const token = await forNode.authenticateUpgrade(verifier, request, socket);
      if (token === undefined) return;
      sockets.handleUpgrade(request, socket, head, (webSocket) => webSocket.send(token.subject));
    });
    await serve('upgrade', server);
    const url = `${origins.upgrade}`.replace('http', 'ws');
    const open = new WebSocket(url, { headers: { authorization: `Bearer ${issuer.mint()}` } });
    const [message] = await once(open, 'message');
    expect(String(message)).toBe('test-user');
    open.terminate();
    const refused = new WebSocket(url, { headers: { authorization: 'Bearer x' } });
    refused.on('error', () => {});
    const [, response] = await once(refused, 'unexpected-response');
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toContain('invalid_token');
    refused.terminate();
  });
});

describe('the test issuer', () => {
  test('rotates its key, and the verifier follows', async () => {
    const own = await startTestIssuer();
    const following = createVerifier({ ...own.verifierOptions(), keys: {} });
    expect((await following.verify(own.mint())).subject).toBe('test-user');
    own.rotate();
    expect((await following.verify(own.mint())).subject).toBe('test-user');
    following.close();
    await own.close();
  });
});
