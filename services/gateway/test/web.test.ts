import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { assertNoConflicts } from '@latchkey/service-kit/joining/service-conflicts';
import { request as requestRaw } from 'undici';
import { describe, expect, it, onTestFinished, test } from 'vitest';
import { APP_ADDRESSES } from '../src/web/web-routes.ts';
import { listen, readyAnd, startGateway } from './harness.ts';

const SHELL = '<!doctype html><title>Latchkey</title><script src="/assets/app-1a2b.js"></script>';
const SCRIPT = `document.title = ${JSON.stringify('x'.repeat(2_000))};`;
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
/** A real address for each that has a parameter. */
const ADDRESSES = APP_ADDRESSES.map((address) => address.replace(':id', '7'));

/** What the build of the app leaves behind. */
function builtApp(): string {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-web-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'assets'));
  for (const [name, text] of [
    ['index.html', SHELL],
    ['assets/app-1a2b.js', SCRIPT],
  ] as const) {
    writeFileSync(join(directory, name), text);
    writeFileSync(join(directory, `${name}.br`), brotliCompressSync(text));
    writeFileSync(join(directory, `${name}.gz`), gzipSync(text));
  }
  writeFileSync(join(directory, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(directory, '.secret'), 'not for anyone');
  return directory;
}

async function gatewayWithApp(options: { corsOrigins?: string[] } = {}) {
  const webDir = builtApp();
  const todo = await listen(readyAnd((req, res) => res.end(`todo ${req.url}`)));
  const services = [{ name: 'todo-service', routes: ['/todo'], baseUrl: todo.url }];
  return { webDir, ...(await startGateway(services, { webDir, ...options })) };
}

describe('the shell', () => {
  it.each(ADDRESSES)('is at %s', async (address) => {
    const { url } = await gatewayWithApp();
    const answer = await fetch(url + address);
    expect([answer.status, await answer.text()]).toEqual([200, SHELL]);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html; charset=utf-8$/i);
  });

  it('lets a page load from here only, and is never framed', async () => {
    const { url } = await gatewayWithApp();
    const { headers } = await fetch(url);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    );
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers.has('x-powered-by')).toBe(false);
    expect(headers.has('set-cookie')).toBe(false);
  });

  it('is asked for anew each time, and sent when it has changed', async () => {
    const { url, webDir } = await gatewayWithApp();
    const read = async (headers: Record<string, string> = {}) => {
      const asked = { 'accept-encoding': 'br', ...headers };
      const answer = await requestRaw(`${url}/todos`, { headers: asked });
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      return { status: answer.statusCode, headers: answer.headers, bytes };
    };
    const { headers } = await read();
    expect(headers['cache-control']).toBe('no-cache');
    const again = () => read({ 'if-none-match': String(headers.etag) });
    expect(await again()).toMatchObject({ status: 304, bytes: Buffer.alloc(0) });
    writeFileSync(join(webDir, 'index.html.br'), brotliCompressSync(`${SHELL}<p>new</p>`));
    const { bytes } = await again();
    expect(brotliDecompressSync(bytes).toString()).toBe(`${SHELL}<p>new</p>`);
  });

  it('answers HEAD, and no other method', async () => {
    const { url } = await gatewayWithApp();
    const head = await fetch(`${url}/account`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const post = await fetch(`${url}/account`, { method: 'POST', headers: BROWSER });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('a file of the app', () => {
  it('with a hash in its name is kept for a year', async () => {
    const { url } = await gatewayWithApp();
    const answer = await fetch(`${url}/assets/app-1a2b.js`);
    expect(await answer.text()).toBe(SCRIPT);
    expect(answer.headers.get('content-type')).toMatch(/^text\/javascript; charset=utf-8$/i);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('without one is asked for anew', async () => {
    const { url } = await gatewayWithApp();
    const answer = await fetch(`${url}/favicon.svg`);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-cache']);
  });

  it.each([
    ['br, gzip', 'br', brotliDecompressSync],
    ['gzip, deflate', 'gzip', gunzipSync],
    ['gzip;q=1.0, br;q=0', 'gzip', gunzipSync],
    [undefined, undefined, (bytes: Buffer) => bytes],
  ])('for Accept-Encoding: %s is sent as %s', async (accepted, encoding, open) => {
    const { url } = await gatewayWithApp({ corsOrigins: ['https://a.example'] });
    for (const path of ['/', '/assets/app-1a2b.js']) {
      const headers = accepted ? { 'accept-encoding': accepted } : {};
      const answer = await requestRaw(url + path, { headers });
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      expect(answer.headers['content-encoding']).toBe(encoding);
      expect(open(bytes).toString()).toBe(path === '/' ? SHELL : SCRIPT);
      expect(answer.headers.vary).toContain('Accept-Encoding');
      expect(answer.headers.vary).toContain('Origin');
    }
  });

  it('that a new build removed is a plain 404', async () => {
    const { url, webDir } = await gatewayWithApp();
    rmSync(join(webDir, 'assets'), { recursive: true });
    const answer = await fetch(`${url}/assets/app-1a2b.js`);
    expect([answer.status, answer.headers.get('content-encoding')]).toEqual([404, null]);
    expect(await answer.json()).toMatchObject({ code: 'not_found' });
  });

  it('that a new build brought is sent', async () => {
    const { url, webDir } = await gatewayWithApp();
    writeFileSync(join(webDir, 'assets/app-3c4d.js'), SCRIPT);
    expect(await (await fetch(`${url}/assets/app-3c4d.js`)).text()).toBe(SCRIPT);
  });

  it.each(['/.secret', '/assets', '/assets/', '/assets/%2e%2e/.secret', '/package.json'])(
    '%s is not one',
    async (path) => {
      const { url } = await gatewayWithApp();
      const answer = await fetch(url + path, { redirect: 'manual' });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(await answer.json()).toMatchObject({ code: expect.any(String) });
    },
  );
});

describe('an address that nobody has', () => {
  const paths = ['/nobody', '/todos/7', '/administration/nothing', '/docs/nothing', '/assets/x.js'];

  it.each(paths)('%s is a page that says so, for people', async (path) => {
    const { url } = await gatewayWithApp();
    const answer = await fetch(url + path, { headers: BROWSER });
    expect([answer.status, await answer.text()]).toEqual([404, SHELL]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('vary')).toMatch(/\bAccept(?:,|$)/);
  });

  it.each([
    ...paths.map((path) => ['GET', path, '*/*'] as const),
    ['GET', '/nobody', 'application/json'] as const,
    ['POST', '/nobody', BROWSER.accept] as const,
  ])('%s %s is a problem, for what accepts %s', async (method, path, accept) => {
    const { url } = await gatewayWithApp();
    const answer = await fetch(url + path, { method, headers: { accept } });
    expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'not_found' }]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });
});

test('services, the documentation and health come before the app', async () => {
  const { url } = await gatewayWithApp();
  const read = async (path: string) => (await fetch(url + path, { headers: BROWSER })).text();
  expect(await read('/todo/7')).toBe('todo /todo/7');
  expect(await read('/docs')).toContain('swagger');
  expect(await read('/healthz')).toContain('ok');
});

test('no service may have an address of the app', () => {
  const service = { name: 'a-service', scopes: {}, roles: {} };
  for (const route of [...ADDRESSES.filter((address) => address !== '/'), '/assets']) {
    expect(() => assertNoConflicts([{ ...service, routes: [route] }])).toThrow(
      `a-service: the route ${route} is reserved for the gateway: change its service.json`,
    );
  }
});
