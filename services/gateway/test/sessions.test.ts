import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Problem } from '@latchkey/service-kit/http/problems';
import { newSecret } from '@latchkey/service-kit/http/secrets';
import { describe, expect, it, test, vi } from 'vitest';
import { keepPrivate } from '../src/sessions/private-answer.ts';
import { safeReturnTo } from '../src/sessions/return-to.ts';
import { sessionCookies } from '../src/sessions/session-cookies.ts';
import { sessionUseOf } from '../src/sessions/session-use.ts';
import { gatewayTo } from './harness.ts';

const ISSUER = 'https://shop.example';
const secret = newSecret();
const COOKIE = `__Host-latchkey-session=${secret}`;

describe('where a sign-in leads afterwards', () => {
  test.each([
    ['/todos', '/todos'],
    ['/todos?page=2#top', '/todos?page=2#top'],
    ['/a/../b', '/b'],
    [undefined, '/'],
    ['', '/'],
    ['todos', '/'],
    ['//evil.example', '/'],
    ['/.//evil.example', '/'],
    ['/a/..//evil.example', '/'],
    ['/%2e//evil.example/x', '/'],
    ['/./\\evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['https://evil.example/', '/'],
    ['javascript:alert(1)', '/'],
    [`/${'a'.repeat(2_048)}`, '/'],
  ])('%j leads to %j', (given, expected) => {
    expect(safeReturnTo(given, ISSUER)).toBe(expected);
  });
});

describe('whether a cookie speaks for the person', () => {
  const useOf = sessionUseOf({ issuer: ISSUER, cookies: sessionCookies(ISSUER) });
  const outcome = (method: string, headers: Record<string, string>) => {
    const use = useOf({ method, headers: { cookie: COOKIE, ...headers } } as IncomingMessage);
    return use instanceof Problem ? use.code : use === 'none' ? use : use.secret === secret;
  };
  const here = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' };
  const custom = { 'latchkey-csrf': '1' };

  test.each<[string, Record<string, string>, unknown]>([
    ['GET', here, true],
    ['HEAD', here, true],
    ['GET', custom, true],
    ['POST', { ...here, ...custom }, true],
    ['POST', { origin: ISSUER, ...custom }, true],
    ['POST', custom, true],
    ['GET', {}, 'csrf_header_missing'],
    ['POST', here, 'csrf_header_missing'],
    ['DELETE', { origin: ISSUER }, 'csrf_header_missing'],
    ['GET', { ...here, 'sec-fetch-site': 'cross-site' }, 'cross_site_request'],
    ['GET', { ...here, 'sec-fetch-site': 'same-site' }, 'cross_site_request'],
    ['POST', { ...here, ...custom, 'sec-fetch-site': 'none' }, 'cross_site_request'],
    ['POST', { ...custom, origin: 'https://evil.example' }, 'cross_site_request'],
    ['POST', { ...custom, origin: 'null' }, 'cross_site_request'],
    ['GET', { ...here, authorization: 'Bearer x' }, 'two_credentials'],
    ['GET', { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' }, 'none'],
    ['POST', { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin' }, 'none'],
    ['POST', { cookie: 'other=1' }, 'none'],
    ['POST', { cookie: '__Host-latchkey-session=short' }, 'none'],
    ['POST', { cookie: `latchkey-session=${secret}` }, 'none'],
    ['POST', { cookie: `x__Host-latchkey-session=${secret}` }, 'none'],
  ])('%s %o: %s', (method, headers, expected) => {
    expect(outcome(method, headers)).toBe(expected);
  });
});

describe('the cookies', () => {
  test('are bound to the host on https, and work on http://localhost', () => {
    expect(sessionCookies(ISSUER).keepSession(secret, 60)).toBe(
      `${COOKIE}; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Strict`,
    );
    expect(sessionCookies('http://localhost:8080').keepSession(secret, 60)).toBe(
      `latchkey-session=${secret}; Max-Age=60; Path=/; HttpOnly; SameSite=Strict`,
    );
  });

  test('of a sign-in are found by its state, and the oldest of many are forgotten', () => {
    const cookies = sessionCookies(ISSUER);
    const jar: string[] = [];
    const begin = (state: string) => {
      const signIn = { state, nonce: 'n', codeVerifier: 'v', returnTo: '/' };
      const lines = cookies.keepSignIn(jar.join('; '), signIn);
      for (const line of lines) {
        const [pair = '', ...attributes] = line.split('; ');
        const name = pair.split('=')[0];
        const index = jar.findIndex((each) => each.startsWith(`${name}=`));
        if (attributes.includes('Max-Age=0')) jar.splice(index, 1);
        else jar.push(pair);
      }
    };
    for (const n of [1, 2, 3, 4, 5, 6, 7]) begin(`${n}`.repeat(43));
    expect(jar).toHaveLength(5);
    const found = (state: string) => cookies.signIn(jar.join('; '), state)?.state;
    expect(found('7'.repeat(43))).toBe('7'.repeat(43));
    expect(found('1'.repeat(43))).toBeUndefined();
    expect(found(`${'7'.repeat(42)}8`)).toBeUndefined();
  });
});

test.each([
  [[], ['Cache-Control', 'private', 'Vary', 'Cookie']],
  [
    ['cache-control', 'no-store'],
    ['cache-control', 'no-store', 'Vary', 'Cookie'],
  ],
  [
    ['Cache-Control', 'public, max-age=60, s-maxage=600'],
    ['Cache-Control', 'private,  max-age=60', 'Vary', 'Cookie'],
  ],
])('an answer to a session is kept out of shared caches: %o', (given, expected) => {
  const headers = [...given];
  keepPrivate(headers);
  expect(headers).toEqual(expected);
});

describe('a client that leaves during the look-up', () => {
  it('leaves nothing behind: no memory, and no request to the service', async () => {
    const seen: unknown[] = [];
    const looking: (() => void)[] = [];
    const gate = {
      useOf: () => ({ secret }),
      tokenFor: () =>
        new Promise<{ token: string; onUnauthorized: () => void }>((resolve) =>
          looking.push(() => resolve({ token: 'a-token', onUnauthorized: () => undefined })),
        ),
    };
    const { port, bounds } = await gatewayTo(
      (req, res) => {
        seen.push(req.url);
        res.end();
      },
      { sessions: { gate, routes: [], isAway: () => false } },
    );
    for (let n = 0; n < 20; n += 1) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(
        `POST /todo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
      );
      await vi.waitFor(() => expect(looking).toHaveLength(n + 1));
      socket.resetAndDestroy();
    }
    await delay(50);
    for (const finish of looking) finish();
    await delay(50);
    expect(seen).toEqual([]);
    expect(bounds.buffers.used).toBe(0);
  });
});
