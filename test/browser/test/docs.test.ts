import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { type Stack, startStack } from '@latchkey/stack/stack';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../src/chromium.ts';

/** Left for people to look at. */
const SCREENSHOTS = resolve(import.meta.dirname, '../../../.test-results/browser');

const LOGOUT = 'button:has-text("Logout")';

let stack: Stack;
let browser: Browser;
const dataDir = await makeOpenFolder('latchkey-browser-');

beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await launchChromium();
  stack = await startStack({ port: 0, dataDir });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A page at /docs, and all that went wrong or elsewhere on it. */
async function openDocs(): Promise<{ page: Page; faults: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 1000 } });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    const local = request.url().startsWith(`${stack.origin}/`) || /^data:/.test(request.url());
    if (!local) faults.push(`asked ${request.url()}`);
  });
  await page.goto(`${stack.origin}/docs`);
  await page.waitForSelector('.opblock');
  return { page, faults };
}

/** The form of the dialog that sends people to the sign-in pages. */
const byCode = (page: Page) =>
  page.locator('.auth-container').filter({ hasText: 'Flow: authorizationCode' });

const byPassword = (page: Page) =>
  page.locator('.auth-container').filter({ hasText: 'Flow: password' });

async function call(page: Page, method: string, path: string): Promise<string> {
  const operation = page
    .locator(`.opblock-${method}`)
    .filter({ has: page.locator(`[data-path="${path}"]`) });
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  const answer = operation.locator('.live-responses-table .response-col_status');
  return (await answer.last().textContent()) ?? '';
}

test('every service is on one page, loaded from this origin only', async () => {
  const { page, faults } = await openDocs();
  const names = await page.locator('.opblock-tag').allTextContents();
  for (const name of ['auth-service', 'support-service', 'todo-service']) {
    expect(names.some((text) => text.startsWith(name))).toBe(true);
  }
  expect(await page.content()).not.toContain('does not answer');
  expect(faults).toEqual([]);
  await page.screenshot({ path: join(SCREENSHOTS, 'docs.png') });
});

test('Authorize takes username and password, and the token opens both services', async () => {
  const { page, faults } = await openDocs();
  await page.locator('.btn.authorize').first().click();
  await page.fill('#oauth_username', 'wangerge');
  await page.fill('#oauth_password', 'test1234');
  await byPassword(page).locator('.btn.authorize').click();
  await byPassword(page).locator(LOGOUT).waitFor();
  await page.screenshot({ path: join(SCREENSHOTS, 'docs-authorized.png') });
  await page.locator('.modal-ux .btn-done').first().click();

  expect(await call(page, 'get', '/todo')).toMatch(/^200/);
  expect(await call(page, 'get', '/tickets')).toMatch(/^200/);
  expect(faults).toEqual([]);
  await page.screenshot({ path: join(SCREENSHOTS, 'docs-called.png'), fullPage: true });
});

async function openSignIn(page: Page): Promise<Page> {
  const opened = page.waitForEvent('popup');
  await byCode(page).locator('.btn.authorize').click();
  return opened;
}

async function signIn(page: Page, username: string) {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill('test1234');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

test('Authorize leads to the sign-in page and back by code, and then without typing', async () => {
  const { page, faults } = await openDocs();
  const requests: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/token')) requests.push(request.postData() ?? '');
  });
  await page.locator('.btn.authorize').first().click();
  const pages = await openSignIn(page);
  await pages.waitForLoadState();
  const asked = new URL(pages.url()).searchParams;
  await pages.screenshot({ path: join(SCREENSHOTS, 'docs-sign-in.png') });
  const closed = pages.waitForEvent('close');
  await signIn(pages, 'wangerge');
  await closed;
  await byCode(page).locator(LOGOUT).waitFor();
  await page.locator('.modal-ux .btn-done').first().click();
  expect(await call(page, 'get', '/todo')).toMatch(/^200/);

  await page.locator('.btn.authorize').first().click();
  await byCode(page).locator(LOGOUT).click();
  const again = await openSignIn(page);
  if (!again.isClosed()) await again.waitForEvent('close');
  await byCode(page).locator(LOGOUT).waitFor();

  expect(asked.get('code_challenge_method')).toBe('S256');
  expect(requests).toHaveLength(2);
  for (const request of requests) {
    const form = new URLSearchParams(request);
    expect(form.get('client_id')).toBe('latchkey-docs');
    expect(form.get('code_verifier')).toMatch(/^[\w-]{43,128}$/);
    expect(form.has('client_secret')).toBe(false);
  }
  expect(faults).toEqual([]);
});

test('a scope that is ticked at the sign-in by code is asked for', async () => {
  const { page } = await openDocs();
  await page.locator('.btn.authorize').first().click();
  await page.locator('label[for="admin-authorizationCode-checkbox-login"]').first().click();
  await signIn(await openSignIn(page), 'admin');
  await byCode(page).locator(LOGOUT).waitFor();
  await page.locator('.modal-ux .btn-done').first().click();
  expect(await call(page, 'get', '/admin/keys')).toMatch(/^200/);
  // A token with this scope alone is for auth-service alone.
  expect(await call(page, 'get', '/todo')).toMatch(/^401/);
});

test('what is refused at the sign-in is said in the dialog', async () => {
  const { page } = await openDocs();
  await page.locator('.btn.authorize').first().click();
  await page.locator('label[for="admin-authorizationCode-checkbox-login"]').first().click();
  const pages = await openSignIn(page);
  await signIn(pages, 'wangerge');
  await page.locator('.modal-ux .errors', { hasText: 'scopes can be granted' }).first().waitFor();
  await expect.poll(() => pages.isClosed(), { timeout: 20_000 }).toBe(true);
  expect(await page.locator(LOGOUT).count()).toBe(0);
});

test("an answer for another window's sign-in is left to that one", async () => {
  const { page } = await openDocs();
  await page.locator('.btn.authorize').first().click();
  const pages = await openSignIn(page);
  const other = await pages.context().newPage();
  await other.goto(`${stack.origin}/docs/oauth2-redirect.html?code=stolen&state=another`);
  await expect.poll(() => new URL(other.url()).search, { timeout: 20_000 }).toBe('');
  await signIn(pages, 'wangerge');
  await byCode(page).locator(LOGOUT).waitFor();
});

test('an administrator who ticks admin may administer from the page', async () => {
  const { page } = await openDocs();
  await page.locator('.btn.authorize').first().click();
  await page.fill('#oauth_username', 'admin');
  await page.fill('#oauth_password', 'test1234');
  await page.locator('label[for="admin-password-checkbox-login"]').first().click();
  await byPassword(page).locator('.btn.authorize').click();
  await byPassword(page).locator(LOGOUT).waitFor();
  await page.locator('.modal-ux .btn-done').first().click();
  expect(await call(page, 'get', '/admin/keys')).toMatch(/^200/);
});

test('the dialog says that the password is wrong', async () => {
  const { page } = await openDocs();
  await page.locator('.btn.authorize').first().click();
  await page.fill('#oauth_username', 'wangerge');
  await page.fill('#oauth_password', 'not this one');
  await byPassword(page).locator('.btn.authorize').click();
  await page.locator('.modal-ux .errors').first().waitFor();
  expect(await page.locator(LOGOUT).count()).toBe(0);
  await page.screenshot({ path: join(SCREENSHOTS, 'docs-refused.png') });
});
