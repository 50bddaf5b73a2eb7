import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { gatewayTo, listen, startGateway } from './harness.ts';

/** Answers with what arrived. */
const echo = async (req: IncomingMessage, res: ServerResponse) => {
  const body = await text(req);
  res.setHeader('Content-Type', 'application/json');
  res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.headers, body }));
};

describe('a request', () => {
  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s arrives', async (method) => {
    const { url } = await gatewayTo(echo);
    const body = ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) ? '{"title":"é"}' : null;
    const answer = await fetch(`${url}/todo/7?done=true&x=%2F`, { method, body });
    expect(answer.status).toBe(200);
    const arrived = { method, url: '/todo/7?done=true&x=%2F', body: body ?? '' };
    expect(await answer.json()).toMatchObject(arrived);
  });

  test('body of unknown length arrives whole', async () => {
    const { url } = await gatewayTo(echo);
    const parts = ['a'.repeat(10_000), 'b'.repeat(20_000)];
    const body = ReadableStream.from(parts.map((part) => Buffer.from(part)));
    const answer = await fetch(`${url}/todo`, { method: 'POST', body, duplex: 'half' } as object);
    expect(await answer.json()).toMatchObject({ body: parts.join('') });
  });
});

describe('an answer', () => {
  test.each<[string[] | undefined, string[]]>([
    [undefined, []],
    [['a'], ['a=1; Path=/']],
    [
      ['a', 'b'],
      ['a=1; Path=/', 'b=2'],
    ],
    [['c'], []],
  ])('of a service with the cookies %j sets %j', async (cookies, set) => {
    const { url } = await gatewayTo(
      (_req, res) =>
        res.writeHead(200, ['Set-Cookie', 'a=1; Path=/', 'Set-Cookie', 'b=2', 'X', '1']).end(),
      cookies ? { cookies } : {},
    );
    const answer = await fetch(`${url}/todo`);
    expect(answer.headers.getSetCookie()).toEqual(set);
  });

  test('keeps status, repeated headers and security headers', async () => {
    const { url } = await gatewayTo((_req, res) => {
      res.writeHead(201, [
        ...['Link', '</a>', 'Link', '</b>', 'Location', '/todo/1'],
        ...['X-Powered-By', 'x', 'Content-Security-Policy', "default-src 'self'"],
        ...['Connection', 'keep-alive, x-private', 'X-Private', 'secret', 'Trailer', 'x-sum'],
      ]);
      res.end('made');
    });
    const answer = await fetch(`${url}/todo`, { method: 'POST' });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('link')).toBe('</a>, </b>');
    expect(answer.headers.get('location')).toBe('/todo/1');
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'self'");
    for (const absent of ['x-powered-by', 'x-private', 'trailer']) {
      expect([absent, answer.headers.get(absent)]).toEqual([absent, null]);
    }
    expect(await answer.text()).toBe('made');
  });

  test.each([
    { name: 'a small body', length: 1024, pieces: 1 },
    { name: 'a small body in pieces', length: 1024, pieces: 4 },
    { name: 'a large body', length: 100_000, pieces: 1 },
  ])('$name arrives byte for byte', async ({ length, pieces }) => {
    const body = Buffer.from(Array.from({ length }, (_, index) => index % 256));
    const { url } = await gatewayTo(async (_req, res) => {
      res.writeHead(200, { 'Content-Length': length });
      for (let piece = 0; piece < pieces; piece += 1) {
        res.write(body.subarray((piece * length) / pieces, ((piece + 1) * length) / pieces));
        await new Promise((done) => setTimeout(done, 5));
      }
      res.end();
    });
    for (let round = 0; round < 2; round += 1) {
      const answer = await fetch(`${url}/todo`);
      expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
    }
  });

  test.each([204, 304])('%i has no body', async (status) => {
    const { url } = await gatewayTo((_req, res) => res.writeHead(status, { ETag: '"1"' }).end());
    for (let round = 0; round < 3; round += 1) {
      const answer = await fetch(`${url}/todo`);
      const seen = [answer.status, answer.headers.get('etag'), await answer.text()];
      expect(seen).toEqual([status, '"1"', '']);
    }
  });

  test('to HEAD has the length and no body', async () => {
    const head = { 'Content-Length': 5 };
    const { url } = await gatewayTo((_req, res) => res.writeHead(200, head).end());
    const answer = await fetch(`${url}/todo`, { method: 'HEAD' });
    expect([answer.headers.get('content-length'), await answer.text()]).toEqual(['5', '']);
  });

  test('early hints go ahead of it', async () => {
    const link = '</app.css>; rel=preload';
    const { port } = await gatewayTo((_req, res) => {
      res.writeEarlyHints({ link });
      res.end('ok');
    });
    const req = httpRequest({ port, path: '/todo' });
    const information = once(req, 'information');
    const response = once(req, 'response');
    req.end();
    expect((await information)[0]).toMatchObject({ statusCode: 103, headers: { link } });
    expect(await text((await response)[0] as IncomingMessage)).toBe('ok');
  });
});

describe('routes', () => {
  test('only what services claim is forwarded', async () => {
    const asked: string[] = [];
    const { url } = await gatewayTo((req, res) => {
      asked.push(req.url ?? '');
      res.end('forwarded');
    });
    const routed = ['/todo', '/todo/', '/todo/1/x', '/todo?x=/../', '/todo/a;b=1/..c/%C3%A9%3b'];
    for (const path of routed) {
      expect(await (await fetch(url + path)).text()).toBe('forwarded');
    }
    for (const path of ['/nothing', '/todos', '/TODO', '//todo', '/metrics', '/openapi']) {
      const answer = await fetch(url + path, { redirect: 'manual' });
      expect([path, answer.status]).toEqual([path, 404]);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    }
    expect(asked).toEqual(routed);
  });

  test('a service is ready where its service.json says', async () => {
    const behind = await listen((req, res) => {
      res.statusCode = req.url === '/up' ? 200 : 404;
      res.end();
    });
    const pets = { name: 'pets', routes: ['/pets'], baseUrl: behind.url, ready: '/up' };
    const { url } = await startGateway([pets]);
    const ready = await fetch(`${url}/readyz`);
    expect(await ready.json()).toMatchObject({ details: { pets: '1 ready' } });
  });

  test('health is its own and does not fail with a service', async () => {
    const away = { name: 'away-service', routes: ['/away'], baseUrl: 'http://127.0.0.1:9' };
    const { url, health } = await startGateway([away]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(200);
    const details = { 'away-service': '1 unreachable' };
    expect(await ready.json()).toEqual({ ready: true, checks: {}, details });
    health.drain();
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });
});
