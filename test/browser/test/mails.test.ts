import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { type Stack, startStack } from '@latchkey/stack/stack';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { launchChromium } from '../src/chromium.ts';

/** Left for people to look at. */
const SCREENSHOTS = resolve(import.meta.dirname, '../../../.test-results/browser');
const PASSWORD = 'wren-under-the-eaves';
const NEW_PASSWORD = 'eleven-swans-on-a-lake';

let stack: Stack;
let browser: Browser;
const shown: string[] = [];
const dataDir = await makeOpenFolder('latchkey-mails-');

beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await launchChromium();
  stack = await startStack({ port: 0, dataDir, onProgress: (line) => shown.push(line) });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** The link of a mail that the terminal shows. */
async function linkTo(path: string, address: string): Promise<string> {
  const find = () =>
    shown
      .filter((text) => text.startsWith(`Mail to ${address}:`) && text.includes(path))
      .map((text) => /https?:\S+token=\S+/.exec(text)?.[0])
      .at(-1);
  return vi.waitFor(() => {
    const link = find();
    if (!link) throw new Error(`no mail to ${address}`);
    return link;
  }, 10_000);
}

const open = async (page: Page, path: string) => page.goto(`${stack.origin}${path}`);

async function signIn(page: Page, password: string) {
  await open(page, '/sign-in');
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Every request that a page makes, with the referrer it sends. */
function watchRequests(page: Page) {
  const requests: { url: string; referer: string | undefined }[] = [];
  page.on('request', async (request) => {
    const { referer } = await request.allHeaders();
    requests.push({ url: request.url(), referer });
  });
  return requests;
}

test('an address is given at sign-up and confirmed; a forgotten password is replaced', async () => {
  const context = await browser.newContext({ locale: 'en-GB', javaScriptEnabled: false });
  const page = await context.newPage();
  await open(page, '/sign-up');
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByLabel('Email address (optional)').fill('ada@example.com');
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.goto(await linkTo('/verify-email', 'ada@example.com'));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('heading', { name: 'Your email address is confirmed' }).waitFor();
  await open(page, '/email');
  await page.getByText('ada@example.com, confirmed.').waitFor();

  const other = await browser.newContext({ locale: 'en-GB' });
  const phone = await other.newPage();
  await open(phone, '/sign-in');
  await phone.getByRole('link', { name: 'Forgot your password?' }).click();
  await phone.getByLabel('Username or email address').fill('ada@example.com');
  await phone.getByRole('button', { name: 'Send the link' }).click();
  await phone.getByRole('heading', { name: 'Check your mail' }).waitFor();
  const link = await linkTo('/reset-password', 'ada@example.com');
  const requests = watchRequests(phone);
  await phone.goto(link);
  await phone.getByLabel('New password').fill('short');
  await phone.getByRole('button', { name: 'Save the password' }).click();
  await phone.getByText('Use at least 8 characters.').first().waitFor();
  await phone.getByLabel('New password').fill(NEW_PASSWORD);
  await phone.getByRole('button', { name: 'Save the password' }).click();
  await phone.getByRole('heading', { name: 'Your password was changed' }).waitFor();
  await phone.getByRole('link', { name: 'Sign in', exact: true }).click();

  const token = new URL(link).searchParams.get('token') ?? 'none';
  expect(requests.length).toBeGreaterThan(3);
  expect(requests.filter(({ referer }) => referer?.includes(token))).toEqual([]);
  const logs = readdirSync(join(dataDir, 'logs')).map((file) =>
    readFileSync(join(dataDir, 'logs', file), 'utf8'),
  );
  expect(logs.join('').length).toBeGreaterThan(1_000);
  expect(logs.filter((text) => text.includes(token))).toEqual([]);
  expect(readdirSync(join(dataDir, 'mails')).length).toBeGreaterThan(1);

  await open(page, '/email');
  await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
  await signIn(phone, NEW_PASSWORD);
  await phone.getByRole('heading', { name: 'You are signed in' }).waitFor();
  await phone.goto(link);
  await phone.getByRole('heading', { name: 'This link no longer works' }).waitFor();
  await context.close();
  await other.close();
});

const LOOKS = {
  light: { locale: 'en-GB', colorScheme: 'light' },
  dark: { locale: 'en-GB', colorScheme: 'dark' },
  phone: { locale: 'en-GB', viewport: { width: 320, height: 640 } },
  chinese: { locale: 'zh-CN' },
} as const;

describe.each(Object.entries(LOOKS))('in %s', (look, options) => {
  test('the pages are accessible, and fit', { timeout: 120_000 }, async () => {
    const username = `look-${look}`;
    const address = `${username}@example.com`;
    const json = JSON.stringify({ username, password: PASSWORD, email: address });
    const headers = { 'content-type': 'application/json' };
    await fetch(`${stack.origin}/register`, { method: 'POST', headers, body: json });
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const check = async (name: string) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${name} ${id}: ${nodes[0]?.html}`)).toEqual([]);
      const width = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect([name, width]).toEqual([name, 0]);
      await page.screenshot({
        path: join(SCREENSHOTS, `mails-${name}-${look}.png`),
        fullPage: true,
      });
    };
    await open(page, '/sign-in');
    await check('sign-in');
    await open(page, '/sign-up');
    await check('sign-up');
    await open(page, '/forgot-password');
    await page.locator('button').click();
    await check('forgot-password-empty');
    await page.locator('#login').fill(username);
    const verify = await linkTo('/verify-email', address);
    await page.goto(verify);
    await check('verify-email');
    await page.locator('button').click();
    await check('email-verified');
    await open(page, '/forgot-password');
    await page.locator('#login').fill(username);
    await page.locator('button').click();
    await check('link-sent');
    await page.goto(await linkTo('/reset-password', address));
    await check('new-password');
    await page.locator('#password').fill(NEW_PASSWORD);
    await page.locator('button').click();
    await check('password-changed');
    await page.goto(verify);
    await check('dead-link');
    await open(page, '/sign-in');
    await page.locator('#username').fill(username);
    await page.locator('#password').fill(NEW_PASSWORD);
    await page.locator('form:not([data-passkey]) button').click();
    await check('signed-in');
    await open(page, '/email');
    await check('email');
    await context.close();
  });
});
