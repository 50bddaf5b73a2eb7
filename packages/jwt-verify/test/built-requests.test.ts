import { IncomingMessage, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { createRequest } from 'node-mocks-http';
import serverless from 'serverless-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { optionalToken, requireToken, tokenOf } from '../src/express.ts';
import * as forFastify from '../src/fastify.ts';
import { createVerifier, TokenError, type Verifier } from '../src/index.ts';
import * as forNode from '../src/node.ts';
import { startTestIssuer, type TestIssuer } from '../src/testing.ts';

let issuer: TestIssuer;
let verifier: Verifier;
let bearer: string;
beforeAll(async () => {
  issuer = await startTestIssuer();
  const { keys: _keys, ...options } = issuer.verifierOptions();
  verifier = createVerifier({ ...options, keys: { jwks: issuer.jwks() } });
  bearer = `Bearer ${issuer.mint()}`;
});
afterAll(async () => {
  verifier.close();
  await issuer.close();
});

type HeaderValues = Record<string, string | string[] | undefined>;

/** As a serverless adapter builds it: `headers` is set, `rawHeaders` stays empty. */
const adapted = (headers: HeaderValues, rawHeaders: string[] = [], url = '/orders') => {
  const request = new IncomingMessage(new Socket());
  Object.defineProperty(request, 'headers', { value: headers });
  return Object.assign(request, { method: 'GET', url, rawHeaders });
};

/** As a unit test writes it: a plain object. */
const plain = (headers: HeaderValues) =>
  ({ method: 'GET', url: '/orders', headers }) as unknown as IncomingMessage;

const codeOf = (error: unknown): string => (TokenError.is(error) ? error.code : String(error));

const WAYS: Record<string, (request: IncomingMessage) => Promise<string>> = {
  express: (request) =>
    new Promise((resolve) =>
      requireToken(verifier)(request, {}, (error) =>
        resolve(error === undefined ? tokenOf(request).subject : codeOf(error)),
      ),
    ),
  node: async (request) => {
    let answer = '';
    const response = { writeHead: () => {}, end: (body: string) => (answer = body) };
    await forNode.withToken(verifier, (_request, _response, token) => {
      answer = JSON.stringify({ code: token.subject });
    })(request, response as unknown as ServerResponse);
    return JSON.parse(answer).code;
  },
  upgrade: async (request) => {
    let answer = '';
    const socket = new Socket();
    socket.end = ((text: string) => (answer = text)) as never;
    const token = await forNode.authenticateUpgrade(verifier, request, socket);
    return token?.subject ?? JSON.parse(answer.split('\r\n\r\n')[1] ?? '').code;
  },
};

const REQUESTS: readonly [string, () => IncomingMessage, string][] = [
  ['an adapter built', () => adapted({ authorization: bearer }), 'test-user'],
  [
    'an adapter built, the value in a list',
    () => adapted({ authorization: [bearer] }),
    'test-user',
  ],
  ['a unit test wrote', () => plain({ authorization: bearer }), 'test-user'],
  ['a unit test wrote, the name in capitals', () => plain({ Authorization: bearer }), 'test-user'],
  [
    'has no token',
    () => adapted({ host: 'api.example', authorization: undefined }),
    'token_missing',
  ],
  ['has no headers', () => ({ url: '/' }) as IncomingMessage, 'token_missing'],
  [
    'has two tokens in a list',
    () => adapted({ authorization: [bearer, bearer] }),
    'credentials_repeated',
  ],
  [
    'has two names for one header',
    () => plain({ authorization: bearer, Authorization: bearer }),
    'credentials_repeated',
  ],
  [
    'has two tokens joined by a comma',
    () => plain({ authorization: `${bearer}, ${bearer}` }),
    'credentials_malformed',
  ],
  [
    'has two raw headers, joined to one',
    () => adapted({ authorization: bearer }, ['Authorization', bearer, 'authorization', bearer]),
    'credentials_repeated',
  ],
  [
    'has raw headers without a token',
    () => adapted({ authorization: bearer }, ['Host', 'api.example']),
    'token_missing',
  ],
  [
    'has a token in the query too',
    () => adapted({ authorization: bearer }, [], '/orders?access_token=x'),
    'credentials_repeated',
  ],
  [
    'has the letters in the path alone',
    () => adapted({ authorization: bearer }, [], '/docs/&access_token=?a=1'),
    'test-user',
  ],
];

describe.each(Object.entries(WAYS))('%s', (_name, outcomeOf) => {
  test.each(REQUESTS)('a request that %s', async (_case, make, outcome) => {
    expect(await outcomeOf(make())).toBe(outcome);
  });
});

describe('through the libraries that build requests', () => {
  test('serverless-http', async () => {
    const app = express();
    app.get('/orders', requireToken(verifier), (req, res) => void res.send(tokenOf(req).subject));
    const handle = serverless(app as never) as (event: object, context: object) => Promise<unknown>;
    const event = (headers: object) => ({
      version: '2.0',
      rawPath: '/orders',
      rawQueryString: '',
      headers,
      requestContext: { http: { method: 'GET', path: '/orders', sourceIp: '127.0.0.1' } },
    });
    expect(await handle(event({ authorization: bearer }), {})).toMatchObject({
      statusCode: 200,
      body: 'test-user',
    });
    expect(await handle(event({}), {})).toMatchObject({ statusCode: 401 });
  });

  test('node-mocks-http', async () => {
    const headers = { authorization: bearer };
    expect(await WAYS.express?.(createRequest({ url: '/orders', headers }) as never)).toBe(
      'test-user',
    );
    expect(await WAYS.express?.(createRequest({ url: '/orders' }) as never)).toBe('token_missing');
  });

  test('inject of Fastify', async () => {
    const app = fastify();
    app.get(
      '/orders',
      { onRequest: forFastify.requireToken(verifier) },
      async (request) => forFastify.tokenOf(request).subject,
    );
    const good = await app.inject({ url: '/orders', headers: { authorization: bearer } });
    expect(good.body).toBe('test-user');
    const twice = { authorization: [bearer, bearer] } as never;
    expect((await app.inject({ url: '/orders', headers: twice })).statusCode).toBe(400);
    expect((await app.inject('/orders')).statusCode).toBe(401);
    await app.close();
  });

  test('an optional token', async () => {
    const request = plain({});
    const error = await new Promise((resolve) => optionalToken(verifier)(request, {}, resolve));
    expect(error).toBeUndefined();
  });
});
