import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { type Stack, startStack } from '@latchkey/stack/stack';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../src/chromium.ts';

let stack: Stack;
let browser: Browser;
let allowed: Site;
let other: Site;
const dataDir = await makeOpenFolder('latchkey-origin-');

interface Site {
  origin: string;
  server: Server;
}

/** Another origin, with an empty page. */
async function startSite(): Promise<Site> {
  const server = createServer((_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>An app</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, server };
}

beforeAll(async () => {
  [browser, allowed, other] = await Promise.all([launchChromium(), startSite(), startSite()]);
  stack = await startStack({ port: 0, dataDir, env: { CORS_ORIGINS: allowed.origin } });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  for (const site of [allowed, other]) {
    site?.server.close();
    site?.server.closeAllConnections();
  }
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function pageOf(site: Site): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(site.origin);
  return page;
}

interface Call {
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  credentials?: 'include';
}

/** What a script on the page can read of an answer; `blocked` when the browser keeps it back. */
function callFrom(page: Page, call: Call) {
  return page.evaluate(
    async ({ origin, path, ...init }) => {
      try {
        const answer = await fetch(origin + path, init);
        const headers = Object.fromEntries(answer.headers);
        return { status: answer.status, headers, text: await answer.text() };
      } catch {
        return 'blocked';
      }
    },
    { origin: stack.origin, ...call },
  );
}

const LOGIN: Call = {
  path: '/token',
  method: 'POST',
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  body: 'username=wangerge&password=test1234',
};

async function answered(page: Page, call: Call) {
  const answer = await callFrom(page, call);
  if (answer === 'blocked') throw new Error(`${call.path} was blocked`);
  return answer;
}

describe('a page of an origin on the list', () => {
  test('signs in, writes, pages through a list and reads what answers say in headers', async () => {
    const page = await pageOf(allowed);
    const login = await answered(page, LOGIN);
    expect(login.status).toBe(200);
    const authorization = `Bearer ${JSON.parse(login.text).access_token}`;
    for (const title of ['One', 'Two']) {
      const made = await answered(page, {
        path: '/todo',
        method: 'POST',
        headers: {
          Authorization: authorization,
          'Content-Type': 'application/json',
          'Idempotency-Key': title,
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        },
        body: JSON.stringify({ title }),
      });
      expect([made.status, made.headers.location]).toEqual([
        201,
        expect.stringMatching(/^\/todo\//),
      ]);
    }
    const list = await answered(page, {
      path: '/todo?limit=1',
      headers: { Authorization: authorization },
    });
    expect(list.status).toBe(200);
    expect(list.headers.link).toContain('rel="next"');
    expect(list.headers['x-request-id']).toBeTruthy();
  });

  test('reads a refusal, of the service and of the gateway', async () => {
    const page = await pageOf(allowed);
    const refused = await answered(page, { path: '/todo', headers: { Authorization: 'Bearer x' } });
    expect([refused.status, JSON.parse(refused.text).detail]).toEqual([
      401,
      'Could not validate user.',
    ]);
    expect(refused.headers['www-authenticate']).toContain('error="invalid_token"');
    const large = await answered(page, {
      ...{ path: '/todo', method: 'PUT', body: 'x'.repeat(11 * 1024 * 1024) },
    });
    expect([large.status, JSON.parse(large.text).code]).toEqual([413, 'body_too_large']);
    expect((await answered(page, { path: '/nothing' })).status).toBe(404);
  });

  test('cannot send what services must not get, nor read with cookies', async () => {
    const page = await pageOf(allowed);
    expect(await callFrom(page, { path: '/todo', headers: { 'X-User': 'admin' } })).toBe('blocked');
    expect(await callFrom(page, { path: '/todo', credentials: 'include' })).toBe('blocked');
  });
});

test('a page of another origin is blocked', async () => {
  const page = await pageOf(other);
  expect(await callFrom(page, LOGIN)).toBe('blocked');
  expect(await callFrom(page, { path: '/healthz' })).toBe('blocked');
  const withToken = { path: '/todo', headers: { Authorization: 'Bearer x' } };
  expect(await callFrom(page, withToken)).toBe('blocked');
});
