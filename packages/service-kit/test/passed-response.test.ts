import { publicRoute } from '@latchkey/jwt-verify/express';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServiceApp } from '../src/http/app.ts';
import { createdIn, route } from '../src/http/route.ts';
import { listenOnLoopback, silentLog } from '../testing/harness.ts';

let server: Awaited<ReturnType<typeof listenOnLoopback>>;
/** What the handler's stream is told, and by which it is fed. */
let stream: { controller: ReadableStreamDefaultController<string>; cancelled: Promise<unknown> };

const streamed = () => {
  const { promise: cancelled, resolve: cancel } = Promise.withResolvers<unknown>();
  const body = new ReadableStream<string>({
    start(controller) {
      stream = { controller, cancelled };
    },
    cancel,
  }).pipeThrough(new TextEncoderStream());
  return new Response(body, { status: 202, headers: { 'Content-Type': 'text/event-stream' } });
};
const get = (path: string, handle: () => Response) =>
  route({ method: 'get', path, guard: publicRoute, summary: path, responses: {}, handle });

beforeAll(async () => {
  const service = { name: 'thing-service', port: 4900, routes: ['/x'], roles: {}, scopes: {} };
  const routes = [
    get('/stream', streamed),
    get('/empty', () => new Response(null, { status: 204 })),
  ];
  server = await listenOnLoopback(createServiceApp({ service, log: silentLog, routes }));
});
afterAll(() => server.close());

it('passes a Response on while it comes', async () => {
  const answer = await fetch(`${server.url}/stream`);
  expect(answer.status).toBe(202);
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  stream.controller.enqueue('first');
  expect((await reader?.read())?.value).toBe('first');
  stream.controller.enqueue('second');
  stream.controller.close();
  expect((await reader?.read())?.value).toBe('second');
  expect((await reader?.read())?.done).toBe(true);
});

it('ends the stream of a client that has left', async () => {
  const leaving = new AbortController();
  await fetch(`${server.url}/stream`, { signal: leaving.signal });
  leaving.abort();
  await stream.cancelled;
});

it('sends one without a body', async () => {
  const answer = await fetch(`${server.url}/empty`);
  expect([answer.status, await answer.text()]).toEqual([204, '']);
});

it('a row is at its id below its collection', () => {
  expect(createdIn('/things', { id: 7 })).toEqual({
    status: 201,
    body: { id: 7 },
    headers: { Location: '/things/7' },
  });
});
