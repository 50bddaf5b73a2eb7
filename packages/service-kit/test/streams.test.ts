import { publicRoute } from '@latchkey/jwt-verify/express';
import { Gauge } from 'prom-client';
import { afterEach, expect, it } from 'vitest';
import { createServiceApp } from '../src/http/app.ts';
import { ok, route } from '../src/http/route.ts';
import { Health } from '../src/process/health.ts';
import { listenOnLoopback, requester, silentLog } from '../testing/harness.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const service = { name: 'streaming', port: 1, routes: [], scopes: {}, roles: {} };

const routes = [
  route({
    method: 'get',
    path: '/stream',
    guard: publicRoute,
    summary: 'Streams',
    responses: {},
    handle: () => ({
      status: 200,
      headers: { 'Content-Type': 'text/event-stream' },
      stream: (res) => res.write('data: 1\n\n'),
    }),
  }),
  route({
    method: 'get',
    path: '/bytes',
    guard: publicRoute,
    summary: 'Bytes',
    responses: {},
    handle: () => ok(Buffer.from('abc'), { 'Content-Type': 'application/statuslist+jwt' }),
  }),
];

async function start() {
  const health = new Health(
    {},
    {
      metrics: (registry) => {
        new Gauge({ name: 'own', help: 'Own.', registers: [registry] }).set(7);
      },
    },
  );
  const server = await listenOnLoopback(
    createServiceApp({
      service,
      log: silentLog,
      health,
      routes,
    }),
  );
  closing.push(server.close);
  return { url: server.url, request: requester(server.url), health };
}

const countOf = (metrics: string, route: string) =>
  Number(
    new RegExp(`^http_request_duration_seconds_count\\{.*route="${route}".*\\} (\\d+)$`, 'm').exec(
      metrics,
    )?.[1] ?? 0,
  );

it('sends the head and what is written at once, and is one request when it ends', async () => {
  const { url, request, health } = await start();
  const response = await fetch(`${url}/stream`);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const reader = response.body?.getReader();
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('data: 1\n\n');
  expect(countOf((await request('GET /metrics')).text, '/stream')).toBe(0);

  health.drain();
  expect((await reader?.read())?.done).toBe(true);
  expect(countOf((await request('GET /metrics')).text, '/stream')).toBe(1);
  const refused = await request('GET /stream');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(refused.headers.get('connection')).toBe('close');
});

it('a client that is gone before the drain, and HEAD, leave nothing behind', async () => {
  const { url, request, health } = await start();
  const leaving = new AbortController();
  await fetch(`${url}/stream`, { signal: leaving.signal });
  leaving.abort();
  const head = await request('HEAD /stream');
  expect([head.status, head.text]).toEqual([200, '']);
  await expect.poll(async () => countOf((await request('GET /metrics')).text, '/stream')).toBe(1);
  health.drain();
});

it('bytes go out as they are, under their own type; own figures stand in /metrics', async () => {
  const { request } = await start();
  const { text, headers } = await request('GET /bytes');
  expect([text, headers.get('content-type')]).toEqual(['abc', 'application/statuslist+jwt']);
  expect((await request('GET /metrics')).text).toMatch(/^own\{service="streaming"\} 7$/m);
});
