import type { IncomingHttpHeaders } from 'node:http';
import type { GatewayMembers } from '@latchkey/service-kit/joining/gateway-members';
import { describe, expect, test } from 'vitest';
import { type GatewayOptions, gatewayTo, parseRaw, sendRaw } from './harness.ts';

/** The headers that a service gets when a client sends these lines. */
async function arriving(
  lines: string[],
  options?: GatewayOptions & GatewayMembers,
): Promise<IncomingHttpHeaders> {
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
    ['Idempotency-Key', '7'],
    ['Mcp-Session-Id', '1868a90c'],
    ['Mcp-Protocol-Version', '2026-07-28'],
    ['baggage', 'userId=alice'],
    ['X-Api-Key', 'k'],
    ['api_key', 'k'],
    ['X-Hub-Signature-256', 'sha256=00'],
    ['Stripe-Signature', 't=1,v1=00'],
    ['Sec-Fetch-Site', 'same-origin'],
    ['X-Requested-With', 'fetch'],
    ['X-Tenant', 'a'],
    ['X-User-Agent', 'grpc-web-javascript/0.1'],
  ])('%s arrives', async (name, value) => {
    expect((await arriving([`${name}: ${value}`]))[name.toLowerCase()]).toBe(value);
  });

  test.each([
    ['X-User', 'root'],
    ['X-User-Id', '1'],
    ['X-User-Roles', 'admin'],
    ['X_User', 'root'],
    ['X-User_Id', '1'],
    ['X.User', 'root'],
    ['X-Auth-Request-User', 'root'],
    ['X-Authenticated-User', 'root'],
    ['X-Authentik-Username', 'root'],
    ['X-WEBAUTH-USER', 'root'],
    ['X-Remote-User', 'root'],
    ['Remote-User', 'root'],
    ['REMOTE_USER', 'root'],
    ['X-Amzn-Oidc-Data', 'a.b.c'],
    ['X-Goog-Iap-Jwt-Assertion', 'a.b.c'],
    ['X-Goog-Authenticated-User-Email', 'root'],
    ['X-Ms-Client-Principal', 'e30='],
    ['X-Ms-Client-Principal-Name', 'root'],
    ['X-Ms-Token-Aad-Access-Token', 'x'],
    ['OIDC_CLAIM_sub', 'root'],
    ['X-Consumer-Username', 'root'],
    ['X-Client-Cert', 'x'],
    ['X-Client-Cert-Dn', 'CN=root'],
    ['Client-Cert', ':x:'],
    ['X-SSL-Client-Verify', 'SUCCESS'],
    ['SSL-Client-S-Dn', 'CN=root'],
    ['X-Real-IP', '9.9.9.9'],
    ['X-Client-IP', '9.9.9.9'],
    ['X-Cluster-Client-IP', '9.9.9.9'],
    ['Fastly-Client-IP', '9.9.9.9'],
    ['CF-Connecting-IP', '9.9.9.9'],
    ['CF-Access-Jwt-Assertion', 'a.b.c'],
    ['Client-IP', '9.9.9.9'],
    ['True-Client-IP', '9.9.9.9'],
    ['Forwarded', 'for=9.9.9.9'],
    ['X-Forwarded', 'for=9.9.9.9'],
    ['X-Forwarded-Port', '443'],
    ['X-Forwarded-Prefix', '/x'],
    ['X-Forwarded-User', 'root'],
    ['X-Forwarded-Email', 'root@a.example'],
    ['X_Forwarded_For', '9.9.9.9'],
    ['X-Original-URL', '/admin'],
    ['X-Original-Forwarded-For', '9.9.9.9'],
    ['X-Rewrite-URL', '/admin'],
    ['X-HTTP-Method-Override', 'DELETE'],
    ['X-Middleware-Subrequest', 'middleware'],
    ['Cookie', 'session=1'],
    ['Cookie2', 'session=1'],
    ['Proxy', 'http://evil.example'],
    ['Proxy-Authorization', 'Basic eA=='],
    ['Proxy-Connection', 'keep-alive'],
    ['TE', 'trailers'],
    ['Keep-Alive', 'timeout=5'],
    ['Trailer', 'x'],
    ['HTTP2-Settings', 'AAMAAABk'],
    ['Upgrade', 'h2c'],
    ['Content_Length', '5'],
    ['Content_Type', 'text/html'],
    ['Transfer_Encoding', 'chunked'],
    ['tracestate', 'a=b'],
  ])('%s does not', async (name, value) => {
    const headers = await arriving([`${name}: ${value}`, 'Accept: a/b']);
    expect([headers[name.toLowerCase()], headers.accept]).toEqual([undefined, 'a/b']);
  });

  test('a header that would be dropped passes to the service that asks for it', async () => {
    const lines = ['X-Auth-Signature: s', 'x-auth-user: root', 'Cookie: a=b'];
    const headers = await arriving(lines, { headers: ['x-auth-signature'] });
    const names = ['x-auth-signature', 'x-auth-user', 'cookie'];
    expect(names.map((name) => headers[name])).toEqual(['s', undefined, undefined]);
  });

  test('a service gets the cookies that are its own, and no other', async () => {
    const lines = ['Cookie: a=1; own=x=y; __Host-own="2"; own2=3', 'Cookie: b=4;own=5; OWN=6; own'];
    const { cookie } = await arriving(lines, { cookies: ['own', '__Host-own'] });
    expect(cookie).toBe('own=x=y; __Host-own="2"; own=5');
    const without = await arriving(['Cookie: a=1; own2=3'], { cookies: ['own'] });
    expect(without.cookie).toBeUndefined();
  });

  test('a value may have any byte that HTTP allows', async () => {
    const { port } = await gatewayTo((req, res) => {
      res.end(`length ${req.headers['x-any']?.length}`);
    });
    const bytes = Buffer.from(Array.from({ length: 128 }, (_, index) => 128 + index));
    const line = `X-Any: a\tb${bytes.toString('latin1')}`;
    const head = `GET /todo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${line}\r\n\r\n`;
    expect(await sendRaw(port, head)).toContain('length 131');
  });

  test('any number of invented names is no trouble', async () => {
    const { url } = await gatewayTo((req, res) => res.end(req.headers['x-last']));
    for (let round = 0; round < 30; round += 1) {
      const names = Array.from({ length: 80 }, (_, index) => [`X-Made-Up-${round}-${index}`, 'v']);
      const answer = await fetch(`${url}/todo`, {
        headers: { ...Object.fromEntries(names), 'X-Last': `${round}`, 'X-User': 'root' },
      });
      expect(await answer.text()).toBe(`${round}`);
    }
  });

  test('Via grows by this hop', async () => {
    expect((await arriving(['Via: 1.0 fred', 'Via: 1.1 p.example'])).via).toBe(
      '1.0 fred, 1.1 p.example, 1.1 latchkey',
    );
    expect((await arriving([])).via).toBe('1.1 latchkey');
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

  test('tracestate goes on with the trace that it belongs to', async () => {
    const trace = `traceparent: 00-${TRACE}-b7ad6b7169203331-01`;
    expect((await arriving([trace, 'tracestate: a=b'])).tracestate).toBe('a=b');
    const begun = await arriving(['traceparent: 00-zz', 'tracestate: a=b']);
    expect(begun.tracestate).toBeUndefined();
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

  test.each([
    ['203.0.113.7:51234', '203.0.113.7'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['2001:db8::7', '2001:db8::7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:80', '203.0.113.7'],
    ['6.6.6.6, 203.0.113.9:1, 127.0.0.1', '203.0.113.9'],
    ['203.0.113.9:1 , 127.0.0.2:9999', '203.0.113.9'],
    ['203.0.113.9:123456', '127.0.0.1'],
    ['203.0.113.9:', '127.0.0.1'],
    ['[2001:db8::7', '127.0.0.1'],
    ['unknown', '127.0.0.1'],
    [Array(200).fill('127.0.0.1').join(), '127.0.0.1'],
  ])('is read from %s', async (chain, address) => {
    const headers = await arriving([`X-Forwarded-For: ${chain}`], { trustedProxies: ['loopback'] });
    expect(seen(headers)[0]).toBe(address);
  });

  test('stops at what is no address', async () => {
    const lines = ['X-Forwarded-For: 1.1.1.1, nonsense, 2.2.2.2'];
    const trustedProxies = ['127.0.0.1', '2.2.2.2'];
    expect(seen(await arriving(lines, { trustedProxies }))[0]).toBe('2.2.2.2');
  });
});
