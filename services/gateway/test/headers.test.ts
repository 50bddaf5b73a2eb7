import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, test } from 'vitest';
import { type GatewayOptions, gatewayTo, parseRaw, sendRaw } from './harness.ts';

/** The headers that a service gets when a client sends these lines. */
async function arriving(lines: string[], options?: GatewayOptions): Promise<IncomingHttpHeaders> {
  const { port } = await gatewayTo(
    (req, res) => res.end(JSON.stringify({ ...req.headers, raw: req.rawHeaders })),
    options,
  );
  const head = ['GET /todo HTTP/1.1', 'Host: login.example', 'Connection: close', ...lines];
  const answer = parseRaw(await sendRaw(port, `${head.join('\r\n')}\r\n\r\n`));
  expect(answer.status).toBe(200);
  return JSON.parse(answer.body.replace(/^[0-9a-f]+\r\n|\r\n0\r\n\r\n$/g, ''));
}

describe('headers of clients', () => {
  test.each([
    ['Authorization', 'Bearer a.b.c'],
    ['Accept-Language', 'de'],
    ['If-None-Match', '"1"'],
    ['Last-Event-ID', '7'],
    ['DPoP', 'a.b.c'],
    ['User-Agent', 'curl'],
  ])('%s arrives', async (name, value) => {
    expect((await arriving([`${name}: ${value}`]))[name.toLowerCase()]).toBe(value);
  });

  test.each([
    ['X-User-Id', '1'],
    ['X-User-Roles', 'admin'],
    ['X-Authenticated-User', 'root'],
    ['X-Real-IP', '9.9.9.9'],
    ['Forwarded', 'for=9.9.9.9'],
    ['X-Forwarded-Port', '443'],
    ['X-Forwarded-Prefix', '/x'],
    ['X-Original-URL', '/admin'],
    ['X-HTTP-Method-Override', 'DELETE'],
    ['Client-IP', '9.9.9.9'],
    ['True-Client-IP', '9.9.9.9'],
    ['Cookie', 'session=1'],
    ['Proxy-Authorization', 'Basic eA=='],
    ['TE', 'trailers'],
    ['Keep-Alive', 'timeout=5'],
    ['Trailer', 'x'],
    ['X_Forwarded_For', '9.9.9.9'],
    ['tracestate', 'a=b'],
  ])('%s does not', async (name, value) => {
    expect((await arriving([`${name}: ${value}`]))[name.toLowerCase()]).toBeUndefined();
  });

  test('those that Connection names do not', async () => {
    const lines = ['Connection: keep-alive, Accept-Language', 'Accept-Language: de', 'Accept: a/b'];
    const headers = await arriving(lines);
    expect([headers['accept-language'], headers.accept]).toEqual([undefined, 'a/b']);
  });

  test('Connection cannot take away what the gateway adds', async () => {
    const headers = await arriving([
      'Connection: x-forwarded-for, x-request-id, traceparent, host',
    ]);
    expect(headers['x-forwarded-for']).toBe('127.0.0.1');
    expect(headers['x-request-id']).toMatch(/^[\w-]{36}$/);
    expect(headers.traceparent).toBeDefined();
  });

  test('two Authorization headers both arrive, for the service to refuse', async () => {
    const headers = await arriving(['Authorization: Bearer a', 'Authorization: Bearer b']);
    const raw = headers.raw as unknown as string[];
    expect(raw.filter((text) => text.startsWith('Bearer'))).toEqual(['Bearer a', 'Bearer b']);
  });
});

describe('request id and trace', () => {
  const TRACE = '0af7651916cd43dd8448eb211c80319c';

  test('valid ones go on', async () => {
    const headers = await arriving([
      'X-Request-Id: order-12345678',
      `traceparent: 00-${TRACE}-b7ad6b7169203331-01`,
    ]);
    expect(headers['x-request-id']).toBe('order-12345678');
    expect(headers.traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!b7ad6b7169203331)`));
  });

  test.each(['short', 'a b c d e f g', 'x'.repeat(129), 'id"><script>'])(
    '%s is replaced',
    async (id) => {
      expect((await arriving([`X-Request-Id: ${id}`]))['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  test('the answer names the id once, the gateway’s', async () => {
    const { url } = await gatewayTo((_req, res) => res.setHeader('X-Request-Id', 'other').end());
    const answer = await fetch(`${url}/todo`, { headers: { 'X-Request-Id': 'order-12345678' } });
    expect(answer.headers.get('x-request-id')).toBe('order-12345678');
  });
});

describe('where a request came from', () => {
  const forged = [
    'X-Forwarded-For: 203.0.113.7, 198.51.100.9',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: evil.example',
  ];
  const seen = (headers: IncomingHttpHeaders) => [
    headers['x-forwarded-for'],
    headers['x-forwarded-proto'],
    headers['x-forwarded-host'],
  ];

  test('is the connection’s own address when no proxy is trusted', async () => {
    expect(seen(await arriving(forged))).toEqual(['127.0.0.1', 'http', 'login.example']);
  });

  test('is not believed from a proxy that is not trusted', async () => {
    const headers = await arriving(forged, { trustedProxies: ['10.0.0.0/8', '::1'] });
    expect(seen(headers)).toEqual(['127.0.0.1', 'http', 'login.example']);
  });

  test('is the last address that no trusted proxy has', async () => {
    const headers = await arriving(forged, { trustedProxies: ['127.0.0.0/8', '198.51.100.9'] });
    expect(seen(headers)).toEqual(['203.0.113.7', 'https', 'evil.example']);
  });

  test('stops at what is no address', async () => {
    const lines = ['X-Forwarded-For: 1.1.1.1, nonsense, 2.2.2.2'];
    const trustedProxies = ['127.0.0.1', '2.2.2.2'];
    expect(seen(await arriving(lines, { trustedProxies }))[0]).toBe('2.2.2.2');
  });
});
