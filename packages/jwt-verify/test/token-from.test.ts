import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Request as ExpressRequest } from 'express';
import fastify, { type FastifyRequest } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { optionalToken, optionalTokenOf, requireToken, tokenOf } from '../src/express.ts';
import * as forFastify from '../src/fastify.ts';
import * as forFetch from '../src/fetch.ts';
import { createVerifier, type Verifier } from '../src/index.ts';
import * as forNode from '../src/node.ts';
import { startTestIssuer, type TestIssuer } from '../src/testing.ts';

const HEADER = 'cf-access-jwt-assertion';
const scope = 'orders:read';
let issuer: TestIssuer;
let verifier: Verifier;
let token: string;
const origins: Record<string, string> = {};
const closing: (() => unknown)[] = [];

const serve = async (name: string, server: Server): Promise<void> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  origins[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const ofHeader = ({ headers }: { headers: IncomingMessage['headers'] }) => headers[HEADER];

beforeAll(async () => {
  issuer = await startTestIssuer();
  verifier = createVerifier(issuer.verifierOptions());
  closing.push(() => verifier.close(), issuer.close);
  token = issuer.mint({ claims: { scope } });

  const app = express().set('query parser', 'extended');
  app.get('/', requireToken(verifier, { scope, tokenFrom: ofHeader }), (req, res) => {
    res.send(tokenOf(req).subject);
  });
  const ofQuery = (req: ExpressRequest) => req.query.token as string | undefined;
  app.get('/link', requireToken(verifier, { tokenFrom: ofQuery }), (req, res) => {
    res.send(tokenOf(req).subject);
  });
  app.get('/perhaps', optionalToken(verifier, { tokenFrom: ofHeader }), (req, res) => {
    res.send(optionalTokenOf(req)?.subject ?? 'nobody');
  });
  await serve('express', createServer(app as RequestListener));

  const options = { scope, tokenFrom: ofHeader };
  const listener = forNode.withToken(
    verifier,
    (_request, response, { subject }) => response.end(subject),
    options,
  );
  await serve(
    'node',
    createServer((request, response) => void listener(request, response)),
  );

  const fast = fastify();
  const tokenFrom = (request: FastifyRequest) => ofHeader(request);
  fast.get('/', { onRequest: forFastify.requireToken(verifier, { scope, tokenFrom }) }, (request) =>
    Promise.resolve(forFastify.tokenOf(request).subject),
  );
  origins.fastify = await fast.listen({ port: 0, host: '127.0.0.1' });
  closing.push(() => fast.close());
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

/** Ask over the network, or the handler itself where that is what a framework would call. */
type Ask = (headers: Record<string, string>, path?: string) => Promise<Response>;
const ASK: Record<string, Ask> = {
  express: (headers, path = '/') => fetch(`${origins.express}${path}`, { headers }),
  node: (headers, path = '/') => fetch(`${origins.node}${path}`, { headers }),
  fastify: (headers, path = '/') => fetch(`${origins.fastify}${path}`, { headers }),
  fetch: (headers, path = '/') =>
    forFetch.withToken(verifier, (_request, { subject }) => new Response(subject), {
      scope,
      tokenFrom: (request) => request.headers.get(HEADER),
    })(new Request(`http://x.test${path}`, { headers })),
};

describe.each(Object.entries(ASK))('%s: a header of a proxy', (_name, ask) => {
  test('brings the token', async () => {
    const answer = await ask({ [HEADER]: token });
    expect([answer.status, await answer.text()]).toEqual([200, 'test-user']);
  });

  test('is the only place that counts', async () => {
    const elsewhere = { authorization: `Bearer ${token}` };
    expect((await ask(elsewhere)).status).toBe(401);
    for (const authorization of ['Bearer of-the-app', 'Basic YTpi', 'Bearer']) {
      expect((await ask({ authorization, [HEADER]: token })).status).toBe(200);
    }
    expect((await ask({ [HEADER]: token }, '/?access_token=x')).status).toBe(200);
  });

  test.each([
    ['no token', (): string => '', 401, /^Bearer realm="test-service"$/],
    ['a bad token', (): string => 'x.y.z', 401, /error="invalid_token"/],
    ['a token that is too large', (): string => 'x'.repeat(8193), 401, /error="invalid_token"/],
    [
      'too little scope',
      (): string => issuer.mint(),
      403,
      /error="insufficient_scope".*scope="orders:read"/,
    ],
    ['a scheme before it', (): string => `Bearer ${token}`, 400, /error="invalid_request"/],
    ['two tokens', (): string => `${token}, ${token}`, 400, /error="invalid_request"/],
  ] as const)('is held to the same: %s', async (_case, value, status, challenge) => {
    const answer = await ask({ [HEADER]: value() });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('www-authenticate')).toMatch(challenge);
  });
});

describe('express', () => {
  test.each([
    ['one', (): string => `token=${token}`, 200],
    ['none', (): string => '', 401],
    ['two', (): string => `token=${token}&token=${token}`, 400],
    ['a list of one', (): string => `token[]=${token}`, 200],
    ['an object', (): string => `token[a]=${token}`, 400],
  ] as const)('a query parameter: %s', async (_case, query, status) => {
    expect((await ASK.express?.({}, `/link?${query()}`))?.status).toBe(status);
  });

  test('an optional token may be missing, not bad', async () => {
    const ask = async (headers: Record<string, string>): Promise<unknown> => {
      const answer = await fetch(`${origins.express}/perhaps`, { headers });
      return answer.ok ? answer.text() : answer.status;
    };
    expect(await ask({ authorization: `Bearer ${token}` })).toBe('nobody');
    expect(await ask({ [HEADER]: token })).toBe('test-user');
    expect(await ask({ [HEADER]: 'x' })).toBe(401);
  });
});

describe('an upgrade', () => {
  const ofSubprotocol = ({ headers }: IncomingMessage) =>
    headers['sec-websocket-protocol']
      ?.split(',')
      .map((name) => name.trim())
      .find((name) => name.startsWith('bearer.'))
      ?.slice('bearer.'.length);

  test('takes the token of a browser from a subprotocol', async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'orders.v1' });
    server.on('upgrade', async (request, socket, head) => {
      const options = { tokenFrom: ofSubprotocol };
      const found = await forNode.authenticateUpgrade(verifier, request, socket, options);
      if (found === undefined) return;
      sockets.handleUpgrade(request, socket, head, (webSocket) => webSocket.send(found.subject));
    });
    await serve('upgrade', server);
    const url = `${origins.upgrade}`.replace('http', 'ws');

    // The client of the platform, which can set no header, as in a browser.
    const open = new WebSocket(url, ['orders.v1', `bearer.${token}`]);
    const [message] = await once(open as never, 'message');
    expect([message.data, open.protocol]).toEqual(['test-user', 'orders.v1']);
    open.close();
    await once(open as never, 'close');

    for (const protocols of [['orders.v1'], ['orders.v1', 'bearer.x.y.z']]) {
      const refused = new WebSocket(url, protocols);
      await once(refused as never, 'error').catch(() => {});
      expect(refused.readyState).not.toBe(WebSocket.OPEN);
    }
  });
});
