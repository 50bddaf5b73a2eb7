import { once } from 'node:events';
import { createServer, request as httpRequest, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import * as forExpress from '../src/express.ts';
import * as forFastify from '../src/fastify.ts';
import * as forFetch from '../src/fetch.ts';
import { type AccessTokenClaims, TokenError, type Verifier } from '../src/index.ts';
import * as forNode from '../src/node.ts';
import type { Requirements } from '../src/requirements.ts';

/** What is to be closed, the last first, after the tests of a file. */
export const closing: (() => unknown)[] = [];

const serve = async (server = createServer()): Promise<string> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

type Ask = (token: string) => Promise<Response>;

/** Opens a route that needs this much of a token; made anew for each. */
type OpenRoute = (verifier: Verifier, needs: Requirements<AccessTokenClaims>) => Promise<Ask>;

/** Each way in which a route can be guarded. */
export const GUARDS: Record<string, OpenRoute> = {
  express: async (verifier, needs) => {
    const app = express();
    app.get('/', forExpress.requireToken(verifier, needs), (_req, res) => res.send('ok'));
    app.use(((error, _req, res, next) => {
      if (TokenError.is(error)) forNode.answerProblem(res, error);
      else next(error);
    }) as express.ErrorRequestHandler);
    const url = await serve(createServer(app as RequestListener));
    return (token) => fetch(url, bearer(token));
  },
  fastify: async (verifier, needs) => {
    const app = fastify();
    app.get('/', { onRequest: forFastify.requireToken(verifier, needs) }, async () => 'ok');
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    closing.push(() => app.close());
    return (token) => fetch(url, bearer(token));
  },
  node: async (verifier, needs) => {
    const guarded = forNode.withToken(verifier, (_req, res) => res.end('ok'), needs);
    const url = await serve(createServer(guarded));
    return (token) => fetch(url, bearer(token));
  },
  upgrade: async (verifier, needs) => {
    const server = createServer();
    server.on('upgrade', async (request, socket) => {
      const token = await forNode.authenticateUpgrade(verifier, request, socket, needs);
      // What a WebSocket library would answer is of no interest here.
      if (token) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const url = await serve(server);
    return async (token) => {
      const upgrade = { connection: 'Upgrade', upgrade: 'websocket' };
      const headers = { ...bearer(token).headers, ...upgrade };
      const sent = httpRequest(url, { headers, agent: false }).end();
      const [answer] = await once(sent, 'response');
      const parts = (await answer.toArray()) as Buffer[];
      const { statusCode: status } = answer;
      return new Response(Buffer.concat(parts), { status, headers: answer.headers });
    };
  },
  fetch: async (verifier, needs) => {
    const handler = forFetch.withToken(verifier, () => new Response('ok'), needs);
    return (token) => handler(new Request('http://x/', bearer(token)));
  },
  hono: async (verifier, needs) => {
    const app = new Hono();
    app.get('/', ({ req }) =>
      forFetch.authenticateRequest(verifier, req.raw, needs).then(
        () => new Response('ok'),
        (error) => forFetch.toResponse(error),
      ),
    );
    return async (token) => app.request('/', bearer(token));
  },
};
