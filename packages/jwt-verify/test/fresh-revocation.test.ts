import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as forExpress from '../src/express.ts';
import * as forFastify from '../src/fastify.ts';
import * as forFetch from '../src/fetch.ts';
import { createVerifier, TokenError, type Verifier } from '../src/index.ts';
import * as forNode from '../src/node.ts';
import { startTestIssuer, type TestIssuer } from '../src/testing.ts';

const needs = { freshRevocation: true } as const;

let issuer: TestIssuer;
const closing: (() => unknown)[] = [];

const verifierWith = (revocation: boolean): Verifier => {
  const verifier = createVerifier({ ...issuer.verifierOptions(), revocation });
  closing.push(() => verifier.close());
  return verifier;
};

const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Asks a route that needs fresh revocation, by each kind of guard. */
const GUARDS: Record<
  string,
  (verifier: Verifier) => Promise<(token: string) => Promise<Response>>
> = {
  express: async (verifier) => {
    const app = express();
    app.get('/', forExpress.requireToken(verifier, needs), (_req, res) => res.send('ok'));
    app.use(((error, _req, res, next) => {
      if (TokenError.is(error)) forNode.answerProblem(res, error);
      else next(error);
    }) as express.ErrorRequestHandler);
    const url = await serve(app as RequestListener);
    return (token) => fetch(url, { headers: { authorization: `Bearer ${token}` } });
  },
  fastify: async (verifier) => {
    const app = fastify();
    app.get('/', { onRequest: forFastify.requireToken(verifier, needs) }, async () => 'ok');
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    closing.push(() => app.close());
    return (token) => fetch(url, { headers: { authorization: `Bearer ${token}` } });
  },
  node: async (verifier) => {
    const url = await serve(forNode.withToken(verifier, (_req, res) => res.end('ok'), needs));
    return (token) => fetch(url, { headers: { authorization: `Bearer ${token}` } });
  },
  fetch: async (verifier) => {
    const handler = forFetch.withToken(verifier, () => new Response('ok'), needs);
    return (token) =>
      handler(new Request('http://x/', { headers: { authorization: `Bearer ${token}` } }));
  },
};

const answerOf = async (response: Response) => ({
  status: response.status,
  code: response.status === 200 ? undefined : ((await response.json()) as { code: string }).code,
  retryAfter: response.headers.get('retry-after'),
  challenged: response.headers.has('www-authenticate'),
});
const OK = { status: 200, code: undefined, retryAfter: null, challenged: false };
const UNKNOWN = {
  status: 503,
  code: 'revocation_unavailable',
  retryAfter: '2',
  challenged: false,
};

beforeAll(async () => {
  issuer = await startTestIssuer();
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  await issuer.close();
});

describe.each(Object.entries(GUARDS))(
  'a route of %s that needs fresh revocation',
  (_name, open) => {
    test('lets a token pass while the verifier is current, and only then', async () => {
      const verifier = verifierWith(true);
      const ask = await open(verifier);
      await verifier.ready();
      const token = issuer.mint();
      expect(await answerOf(await ask(token))).toEqual(OK);
      issuer.statusLists.behave('silent');
      await vi.waitFor(() => expect(verifier.status().revocation).not.toBe('current'), 7000);
      expect(await answerOf(await ask(token))).toEqual(UNKNOWN);
      expect((await verifier.verify(token)).subject).toBe('test-user');
      issuer.statusLists.behave('well');
      await vi.waitFor(() => expect(verifier.status().revocation).toBe('current'), 7000);
      expect(await answerOf(await ask(token))).toEqual(OK);
    });

    test('refuses a token that is in no list', async () => {
      const ask = await open(verifierWith(true));
      const token = issuer.mint({ claims: { status: undefined } });
      expect(await answerOf(await ask(token))).toMatchObject({
        status: 401,
        code: 'claim_missing',
        challenged: true,
      });
    });

    test('refuses a revoked token as any route does', async () => {
      const verifier = verifierWith(true);
      const ask = await open(verifier);
      await verifier.ready();
      const token = issuer.mint();
      issuer.revoke(token);
      await vi.waitFor(async () =>
        expect(await answerOf(await ask(token))).toMatchObject({
          status: 401,
          code: 'token_revoked',
        }),
      );
    });

    test('is 503 where revocation is off', async () => {
      const ask = await open(verifierWith(false));
      expect(await answerOf(await ask(issuer.mint()))).toEqual(UNKNOWN);
    });
  },
);
