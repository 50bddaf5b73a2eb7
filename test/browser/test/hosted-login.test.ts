import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { type Stack, startStack } from '@latchkey/stack/stack';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchChromium } from '../src/chromium.ts';

/** Left for people to look at. */
const SCREENSHOTS = resolve(import.meta.dirname, '../../../.test-results/browser');
const PASSWORD = 'wren-under-the-eaves';

let stack: Stack;
let browser: Browser;
let ours: App;
let theirs: App;
const dataDir = await makeOpenFolder('latchkey-hosted-');

/** A client with a page of its own, which its callback leads on to, at yet another origin. */
interface App {
  id: string;
  callback: string;
  home: string;
  server: Server;
  answers: URL[];
}

async function startApp(id: string): Promise<App> {
  const answers: URL[] = [];
  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', `http://localhost`);
    if (url.pathname !== '/callback') {
      return res.writeHead(200, { 'Content-Type': 'text/html' }).end(`<title>${id}</title>Welcome`);
    }
    answers.push(url);
    return res.writeHead(303, { Location: home }).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const home = `http://127.0.0.1:${port}/home`;
  return { id, callback: `http://localhost:${port}/callback`, home, server, answers };
}

async function adminToken(): Promise<string> {
  const form = { username: 'admin', password: 'test1234', scope: 'admin' };
  const body = new URLSearchParams(form);
  const answer = await fetch(`${stack.origin}/token`, { method: 'POST', body });
  return ((await answer.json()) as { access_token: string }).access_token;
}

async function register(token: string, { id, callback, home }: App, more: object): Promise<void> {
  const answer = await fetch(`${stack.origin}/admin/clients`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      client_id: id,
      authentication: 'none',
      grant_types: ['authorization_code'],
      redirect_uris: [callback],
      post_logout_redirect_uris: [home],
      scopes: ['openid', 'profile', 'todo:read', 'todo:write'],
      ...more,
    }),
  });
  expect(answer.status).toBe(201);
}

beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  [browser, ours, theirs] = await Promise.all([
    launchChromium(),
    startApp('our-app'),
    startApp('garden-planner'),
  ]);
  stack = await startStack({ port: 0, dataDir });
  const token = await adminToken();
  await register(token, ours, { name: 'Latchkey Notes', firstParty: true });
  await register(token, theirs, { name: 'Garden Planner' });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  for (const app of [ours, theirs]) {
    app?.server.close();
    app?.server.closeAllConnections();
  }
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

let context: BrowserContext;
beforeEach(async () => {
  await context?.close();
  context = await browser.newContext({ locale: 'en-GB' });
});

function authorizeUrl({ id, callback }: App, more: Record<string, string> = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: id,
    redirect_uri: callback,
    scope: 'openid todo:read todo:write',
    state: 'a state',
    nonce: 'a nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  });
  return { url: `${stack.origin}/authorize?${parameters}`, verifier };
}

async function signIn(page: Page, username = 'wangerge', password = 'test1234') {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function redeem(app: App, verifier: string) {
  const code = app.answers.at(-1)?.searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', client_id: app.id, redirect_uri: app.callback };
  const body = new URLSearchParams({ ...form, code, code_verifier: verifier });
  const answer = await fetch(`${stack.origin}/token`, { method: 'POST', body });
  return (await answer.json()) as { access_token: string; id_token: string };
}

/** What automatic checks of accessibility find. */
async function faultsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

test('sign-in by keyboard, without scripts, and signed in at a second client at once', async () => {
  await context.close();
  context = await browser.newContext({ locale: 'en-GB', javaScriptEnabled: false });
  const page = await context.newPage();
  const { url, verifier } = authorizeUrl(ours);
  await page.goto(url);
  await page.keyboard.type('wangerge');
  await page.keyboard.press('Tab');
  await page.keyboard.type('test1234');
  await page.keyboard.press('Enter');
  await page.waitForURL(ours.home);
  const answer = ours.answers.at(-1)?.searchParams;
  expect([answer?.get('state'), answer?.get('iss')]).toEqual(['a state', stack.origin]);
  const { access_token } = await redeem(ours, verifier);
  const headers = { authorization: `Bearer ${access_token}` };
  expect((await fetch(`${stack.origin}/todo`, { headers })).status).toBe(200);

  await page.goto(authorizeUrl(theirs).url);
  expect(await page.getByRole('heading').textContent()).toBe('Garden Planner asks for access');
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await page.waitForURL(theirs.home);
  await page.goto(authorizeUrl(theirs, { scope: 'todo:read' }).url);
  expect(theirs.answers.at(-1)?.searchParams.has('code')).toBe(true);
});

test('a wrong password is said on the page, and the right one goes on to the client', async () => {
  const page = await context.newPage();
  await page.goto(authorizeUrl(ours).url);
  await signIn(page, 'wangerge', 'not this one');
  expect(await page.getByRole('alert').textContent()).toContain('Wrong username or password');
  expect(await page.getByLabel('Username').inputValue()).toBe('wangerge');
  expect(await faultsOf(page)).toEqual([]);
  await signIn(page);
  await page.waitForURL(ours.home);
});

test('a person who says no is back at the client, which is told', async () => {
  const page = await context.newPage();
  await page.goto(authorizeUrl(theirs, { prompt: 'consent' }).url);
  await signIn(page);
  await page.getByRole('button', { name: 'Do not allow' }).click();
  await page.waitForURL(theirs.home);
  expect(theirs.answers.at(-1)?.searchParams.get('error')).toBe('access_denied');
});

test('sign-up goes on to the client; sign-out asks, and ends what was opened', async () => {
  const page = await context.newPage();
  const { url, verifier } = authorizeUrl(ours);
  await page.goto(url);
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByLabel('Username').fill(`new.${Date.now()}`);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.waitForURL(ours.home);
  const { access_token } = await redeem(ours, verifier);
  await page.goto(`${stack.origin}/logout`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  const headers = { authorization: `Bearer ${access_token}` };
  expect((await fetch(`${stack.origin}/userinfo`, { headers })).status).toBe(401);
  await page.goto(authorizeUrl(ours).url);
  expect(await page.getByRole('heading').textContent()).toBe('Sign in');
});

test('the cookies of the pages are for no script and no other site', async () => {
  const page = await context.newPage();
  await page.goto(`${stack.origin}/sign-in`);
  await signIn(page);
  await page.getByRole('heading', { name: 'You are signed in' }).waitFor();
  const cookies = await context.cookies();
  expect(cookies.map(({ name }) => name).sort()).toEqual(['latchkey', 'latchkey-browser']);
  expect(cookies.every(({ httpOnly, sameSite }) => httpOnly && sameSite === 'Lax')).toBe(true);
});

test('no frame, no script, no request to elsewhere', async () => {
  const page = await context.newPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${stack.origin}/sign-up`);
  expect(asked.filter((url) => !/^data:/.test(url) && !url.startsWith(stack.origin))).toEqual([]);
  await page.goto(ours.home);
  const refused = page.waitForEvent('console', (one) => one.text().includes('frame-ancestors'));
  await page.setContent(`<iframe src="${authorizeUrl(ours).url}"></iframe>`);
  expect((await refused).type()).toBe('error');
});

describe.each([
  ['light', { colorScheme: 'light', locale: 'en-GB', viewport: { width: 1100, height: 800 } }],
  ['dark', { colorScheme: 'dark', locale: 'en-GB', viewport: { width: 1100, height: 800 } }],
  ['phone', { colorScheme: 'light', locale: 'en-GB', viewport: { width: 360, height: 740 } }],
  ['chinese', { colorScheme: 'light', locale: 'zh-CN', viewport: { width: 1100, height: 800 } }],
  [
    'chinese-phone-dark',
    { colorScheme: 'dark', locale: 'zh-CN', viewport: { width: 360, height: 740 } },
  ],
] as const)('every page, %s', (look, options) => {
  test('is accessible, and fits', { timeout: 120_000 }, async () => {
    await context.close();
    context = await browser.newContext(options);
    const page = await context.newPage();
    const seen = async (name: string) => {
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${look}.png`), fullPage: true });
      expect([name, await faultsOf(page)]).toEqual([name, []]);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect([name, width]).toEqual([name, options.viewport.width]);
    };
    await page.goto(authorizeUrl(theirs, { prompt: 'consent' }).url);
    await seen('sign-in');
    await page.locator('#username').fill('nobody');
    await page.locator('#password').fill('not this one');
    await page.locator('form:not([data-passkey]) button').click();
    await seen('sign-in-wrong');
    await page.locator('.aside a').click();
    await seen('sign-up');
    await page.locator('#username').fill('x');
    await page.locator('#password').fill('short');
    await page.locator('form:not([data-passkey]) button').click();
    await seen('sign-up-faults');
    await page.locator('.aside a').click();
    await page.locator('#username').fill('wangerge');
    await page.locator('#password').fill('test1234');
    await page.locator('form:not([data-passkey]) button').click();
    await page.locator('.scopes').waitFor();
    await seen('consent');
    await page.goto(`${stack.origin}/sign-in`);
    await seen('signed-in');
    await page.goto(`${stack.origin}/logout`);
    await seen('sign-out');
    await page.locator('main button').click();
    await page.waitForURL(/done$/);
    await seen('signed-out');
    await page.goto(`${stack.origin}/authorize?client_id=nobody`);
    await seen('error');
  });
});
