import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireToken } from '../src/express.ts';
import { createVerifier, type Verifier } from '../src/index.ts';
import { startTestIssuer, type TestIssuer } from '../src/testing.ts';

/** The blocks of the README that are there to be copied, by what they export. */
const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const BLOCKS = [...README.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
const folder = mkdtempSync(join(import.meta.dirname, '../.examples-'));
const copied = async (name: string) => {
  const file = join(folder, `${name}.ts`);
  const block = BLOCKS.find((code) => code.includes(`export const ${name}`));
  writeFileSync(file, block ?? '');
  return (await import(/* @vite-ignore */ file))[name];
};

let issuer: TestIssuer;
let verifier: Verifier;
beforeAll(async () => {
  issuer = await startTestIssuer();
  verifier = createVerifier(issuer.verifierOptions());
});
afterAll(async () => {
  verifier.close();
  await issuer.close();
  rmSync(folder, { recursive: true });
});

const headersOf = (token?: string) =>
  token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } };
const PROBLEMS = [
  ['no token', () => headersOf(), 401, 'token_missing'],
  ['a bad token', () => headersOf('x'), 401, 'token_malformed'],
  ['two words', () => headersOf('x y'), 400, 'credentials_malformed'],
  ['too little scope', () => headersOf(issuer.mint()), 403, 'scope_insufficient'],
] as const;
const expectProblem = async (answer: Response, status: number, code: string): Promise<void> => {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
  expect(await answer.json()).toMatchObject({ type: 'about:blank', status, code });
};
const scope = 'todo:read';

describe('the error handler for Express', () => {
  let origin: string;
  beforeAll(async () => {
    const app = express();
    app.get('/', requireToken(verifier, { scope }), (_req, res) => void res.send('todos'));
    app.get('/broken', () => {
      throw Object.assign(new Error('not for the public'), { status: 418, expose: false });
    });
    app.use(await copied('expressProblems'));
    app.use(((error, _req, res, _next) => {
      res.status(error.status).send('the next handler');
    }) as express.ErrorRequestHandler);
    const server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    return () => server.close();
  });

  test.each(PROBLEMS)('%s', async (_case, init, status, code) => {
    await expectProblem(await fetch(origin, init()), status, code);
  });

  test('leaves other errors and good requests alone', async () => {
    const broken = await fetch(`${origin}/broken`);
    expect([broken.status, await broken.text()]).toEqual([418, 'the next handler']);
    const good = headersOf(issuer.mint({ claims: { scope } }));
    expect(await (await fetch(origin, good)).text()).toBe('todos');
  });
});

describe('the error handler for Fastify', () => {
  const app = fastify();
  beforeAll(async () => {
    app.setErrorHandler(await copied('fastifyProblems'));
    app.get('/', async (request) => {
      const token = await verifier.verify(String(request.headers['x-token']));
      return token.subject;
    });
    app.get('/broken', async () => {
      throw Object.assign(new Error('broken'), { statusCode: 418 });
    });
    return () => app.close();
  });

  test('answers the problem of a TokenError from a handler', async () => {
    const refused = await app.inject({ url: '/', headers: { 'x-token': 'x' } });
    const { statusCode, headers, body } = refused;
    expect(statusCode).toBe(401);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(headers['www-authenticate']).toMatch(/^Bearer realm=.*invalid_token/);
    expect(JSON.parse(body)).toMatchObject({ code: 'token_malformed', status: 401 });
  });

  test('leaves other errors and good requests alone', async () => {
    expect((await app.inject('/broken')).statusCode).toBe(418);
    const good = await app.inject({ url: '/', headers: { 'x-token': issuer.mint() } });
    expect(good.body).toBe('test-user');
  });
});

describe('the middleware for Hono', () => {
  let app: Hono<{ Variables: { token: { subject: string } } }>;
  beforeAll(async () => {
    const honoRequireToken = await copied('honoRequireToken');
    app = new Hono();
    app.get('/', honoRequireToken(verifier, { scope }), (c) => c.text(c.get('token').subject));
    const tokenFrom = (request: Request) => request.headers.get('x-token');
    app.get('/broken', honoRequireToken({ ...verifier, verify: undefined }), (c) => c.text(''));
    app.get('/elsewhere', honoRequireToken(verifier, { tokenFrom }), (c) => c.text('ok'));
    app.onError((_error, c) => c.text('the app’s own handler', 418));
  });

  test.each(PROBLEMS)('%s', async (_case, init, status, code) => {
    await expectProblem(await app.request('/', init()), status, code);
  });

  test('leaves other errors and good requests alone', async () => {
    const good = await app.request('/', headersOf(issuer.mint({ claims: { scope } })));
    expect(await good.text()).toBe('test-user');
    expect((await app.request('/broken', headersOf(issuer.mint()))).status).toBe(418);
    const elsewhere = await app.request('/elsewhere', { headers: { 'x-token': issuer.mint() } });
    expect(elsewhere.status).toBe(200);
  });
});

test('the places to take a token from', async () => {
  const ofCloudflare = await copied('tokenFromCloudflare');
  expect(ofCloudflare({ headers: { 'cf-access-jwt-assertion': 'a.b.c' } })).toBe('a.b.c');
  const ofSubprotocol = await copied('tokenFromSubprotocol');
  const from = (value?: string) => ofSubprotocol({ headers: { 'sec-websocket-protocol': value } });
  expect(from('orders.v1, bearer.a.b.c')).toBe('a.b.c');
  expect(from('bearer.a.b.c,orders.v1')).toBe('a.b.c');
  expect([from('orders.v1'), from()]).toEqual([undefined, undefined]);
});

test('the settings for Jest transform this package, wherever it is installed, and no other', () => {
  const code = /```js\n(\/\/ jest\.config\.cjs[\s\S]*?)```/.exec(README)?.[1] ?? '';
  const file = join(folder, 'jest.config.cjs');
  writeFileSync(file, code);
  const { transform, transformIgnorePatterns } = createRequire(import.meta.url)(file);
  const isTransformed = (path: string) =>
    Object.keys(transform).some((pattern) => new RegExp(pattern).test(path)) &&
    !transformIgnorePatterns.some((pattern: string) => new RegExp(pattern).test(path));
  const inside = '@latchkey/jwt-verify/dist/index.js';
  expect(isTransformed(`/app/node_modules/${inside}`)).toBe(true);
  const pnpm = '/app/node_modules/.pnpm/@latchkey+jwt-verify@0.1.0/node_modules';
  expect(isTransformed(`${pnpm}/${inside}`)).toBe(true);
  expect(isTransformed('/app/node_modules/express/index.js')).toBe(false);
  expect(isTransformed('/app/src/a.test.ts')).toBe(true);
});
