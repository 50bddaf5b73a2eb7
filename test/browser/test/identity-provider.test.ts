import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { type Stack, startStack } from '@latchkey/stack/stack';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { launchChromium } from '../src/chromium.ts';

// Each goes through two stacks, with checks of each page.
vi.setConfig({ testTimeout: 90_000 });

/** Left for people to look at. */
const SCREENSHOTS = resolve(import.meta.dirname, '../../../.test-results/browser');
const folders = [await makeOpenFolder('latchkey-above-'), await makeOpenFolder('latchkey-below-')];

/** The other provider: a whole stack of its own. */
let above: Stack;
let below: Stack;
let browser: Browser;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function registerAbove(redirectUri: string): Promise<string> {
  const form = { username: 'admin', password: 'test1234', scope: 'admin' };
  const body = new URLSearchParams(form);
  const login = await fetch(`${above.origin}/token`, { method: 'POST', body });
  const { access_token } = (await login.json()) as { access_token: string };
  const answer = await fetch(`${above.origin}/admin/clients`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      client_id: 'below',
      name: 'Below',
      authentication: 'client_secret_basic',
      grant_types: ['authorization_code'],
      scopes: ['openid'],
      redirect_uris: [redirectUri],
      firstParty: true,
    }),
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { client_secret: string }).client_secret;
}

beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  [above, browser] = await Promise.all([
    startStack({ port: 0, dataDir: folders[0] as string }),
    launchChromium(),
  ]);
  const port = await freePort();
  const secret = await registerAbove(`http://localhost:${port}/sign-in/callback`);
  const env = {
    IDENTITY_PROVIDER_ISSUER: above.origin,
    IDENTITY_PROVIDER_CLIENT_ID: 'below',
    IDENTITY_PROVIDER_CLIENT_SECRET: secret,
    IDENTITY_PROVIDER_NAME: 'Above',
  };
  below = await startStack({ port, dataDir: folders[1] as string, env });
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await below?.stop();
  await above?.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

let context: BrowserContext;
afterEach(() => context?.close());

async function openPage(options: Parameters<Browser['newContext']>[0]): Promise<Page> {
  context = await browser.newContext({ javaScriptEnabled: true, ...options });
  return context.newPage();
}

async function seen(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect([name, violations.map(({ id }) => id)]).toEqual([name, []]);
}

async function signIn(page: Page, username: string): Promise<void> {
  await page.locator('#username').fill(username);
  await page.locator('#password').fill('test1234');
  await page.locator('button').first().click();
}

test('a newcomer, on a phone in the dark, in Chinese: a username, and signed in', async () => {
  const phone = { width: 360, height: 740 };
  const page = await openPage({ locale: 'zh-CN', colorScheme: 'dark', viewport: phone });
  await page.goto(`${below.origin}/sign-in`);
  await seen(page, 'provider-sign-in-chinese-phone-dark');
  await page.getByRole('button', { name: '使用 Above 登录' }).click();
  await page.waitForURL(`${above.origin}/**`);
  await signIn(page, 'wangerge');
  await page.waitForURL(`${below.origin}/sign-in/new?**`);
  await seen(page, 'provider-newcomer-chinese-phone-dark');
  await page.locator('#username').fill('from-above');
  await page.locator('main button').click();
  await page.getByText('当前账号：from-above').waitFor();
});

test('the same person again, without scripts: signed in at once', async () => {
  const page = await openPage({ locale: 'en-GB', javaScriptEnabled: false });
  await page.goto(`${below.origin}/sign-in`);
  await page.getByRole('button', { name: 'Sign in with Above' }).click();
  await page.waitForURL(`${above.origin}/**`);
  await signIn(page, 'wangerge');
  await page.getByText('as from-above').waitFor();
});

test('in the app, who has no password is led to set one', async () => {
  const page = await openPage({ locale: 'en-GB' });
  await page.goto(`${below.origin}/session/sign-in?return_to=/account`);
  await page.getByRole('button', { name: 'Sign in with Above' }).click();
  await page.waitForURL(`${above.origin}/**`);
  await signIn(page, 'wangerge');
  await page.waitForURL(`${below.origin}/account`);
  await page.getByText('You have none yet.').waitFor();
  await page.getByRole('button', { name: 'Delete my account' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('you have none yet').waitFor();
  await seen(page, 'account-no-password');
  await dialog.getByRole('link', { name: 'Set a password' }).click();
  await page.waitForURL(`${below.origin}/security`);
  await seen(page, 'security-no-password');
  await page.locator('#password').fill('wren-under-the-eaves');
  await page.getByRole('button', { name: 'Save the password' }).click();
  await page.locator('#password').waitFor({ state: 'detached' });
  await page.goto(`${below.origin}/account`);
  await page.getByRole('button', { name: 'Change the password' }).waitFor();
});

// Both stacks are on one host here, and cookies know no ports: auth-service's tests go on from this page.
test('the page that connects an account', async () => {
  const page = await openPage({ locale: 'en-GB', colorScheme: 'light' });
  await page.goto(`${below.origin}/sign-in`);
  await seen(page, 'provider-sign-in');
  await signIn(page, 'wangerge');
  await page.getByRole('link', { name: 'Sign in with Above' }).click();
  await page.getByRole('button', { name: 'Connect', exact: true }).waitFor();
  await seen(page, 'provider-connect');
});

test('the provider is away: the page says so, and the password works', async () => {
  await above.stop();
  const page = await openPage({ locale: 'en-GB' });
  await page.goto(`${below.origin}/sign-in`);
  await page.getByRole('button', { name: 'Sign in with Above' }).click();
  await page.getByText('Above cannot be reached right now').waitFor();
  await seen(page, 'provider-away');
  await signIn(page, 'agent');
  await page.getByText('as agent').waitFor();
});
