import { rmSync } from 'node:fs';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startAgent } from '../src/agent.ts';
import { addAuthenticator } from '../src/authenticator.ts';
import {
  addPerson,
  expectNoViolations,
  loseSession,
  openWebStack,
  screenshots,
  signIn,
  signInAgain,
  type WebStack,
} from '../src/web-app.ts';

// Several sign-ins a test, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const NEW_PASSWORD = 'eleven-swans-on-a-lake';
const folder = await makeOpenFolder('latchkey-account-');

let web: WebStack;
let agent: Awaited<ReturnType<typeof startAgent>>;
beforeAll(async () => {
  agent = await startAgent(folder);
  web = await openWebStack({
    CLIENT_ID_METADATA_INTERNAL_HOSTS: 'localhost',
    NODE_EXTRA_CA_CERTS: agent.certificateFile,
  });
});
afterAll(async () => {
  await web?.stop();
  await agent?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A new person at the page. */
async function openAccount(username: string): Promise<{ page: Page; password: string }> {
  const password = await addPerson(web.stack, username);
  const page = await web.openPage();
  await signIn(page, username, { path: '/account', password });
  return { page, password };
}

/** Of a program of the person's. */
async function openSession(username: string, password: string): Promise<string> {
  const body = new URLSearchParams({ username, password });
  const answer = await fetch(`${web.stack.origin}/token`, { method: 'POST', body });
  return ((await answer.json()) as { access_token: string }).access_token;
}

async function statusWith(token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${web.stack.origin}/todo`, { headers })).status;
}

const section = (page: Page, id: string) => page.locator(`#${id}`);
const dialog = (page: Page) => page.getByRole('dialog');
const said = (page: Page, text: string) => page.getByText(text, { exact: true }).first().waitFor();

/** From the agent's request to its tokens. */
async function connectAgent(page: Page): Promise<string> {
  const { url, verifier } = agent.authorizeUrl(web.stack.origin, `${web.stack.origin}/todo`);
  let code = '';
  await page.route(`${agent.waitsAt}**`, (route) => {
    code = new URL(route.request().url()).searchParams.get('code') ?? '';
    return route.fulfill({ contentType: 'text/html', body: '<title>done</title>' });
  });
  await page.goto(url);
  await page.locator('button[value=allow]').click();
  await page.waitForURL(`${agent.waitsAt}**`);
  return (await agent.redeem(web.stack.origin, code, verifier)).access_token;
}

test('who the person is; an address is given, with the password, and counts once confirmed', async () => {
  const { page, password } = await openAccount('pia');
  const profile = section(page, 'profile');
  await profile.getByText('Use the services').waitFor();
  await profile.getByRole('button', { name: 'Add an address' }).click();
  await page.getByRole('textbox', { name: 'Email address' }).fill('no address');
  await page.getByLabel('Current password').fill('not this one');
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await said(page, 'Use an email address.');
  await page.getByRole('textbox', { name: 'Email address' }).fill('pia@example.com');
  await page.keyboard.press('Enter');
  await said(page, 'The current password is wrong.');
  expect(await page.getByLabel('Current password').getAttribute('aria-invalid')).toBe('true');
  await page.getByLabel('Current password').fill(password);
  await page.keyboard.press('Enter');
  await said(page, 'We mailed a link to pia@example.com. Open it to confirm the address.');
  await profile.getByText('Not confirmed yet').waitFor();
  expect(await profile.textContent()).toContain('pia@example.com');
});

test('an address that was being typed is still there after a sign-in, and the password is not', async () => {
  const { page, password } = await openAccount('ines');
  const open = page.getByRole('button', { name: 'Add an address' });
  const address = page.getByRole('textbox', { name: 'Email address' });
  await open.click();
  await address.fill('ines@example.com');
  await page.getByLabel('Current password').fill(password);
  await loseSession(page);
  await page.keyboard.press('Enter');
  await signInAgain(page, 'ines', password);
  expect(await address.inputValue()).toBe('ines@example.com');
  expect(await page.getByLabel('Current password').inputValue()).toBe('');
  expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(password);

  // Dropped on purpose.
  await dialog(page).getByRole('button', { name: 'Cancel' }).click();
  await open.click();
  expect(await address.inputValue()).toBe('');
});

test('the password changes by the same rules as at sign-up; every other session ends', async () => {
  const { page, password } = await openAccount('nils');
  const other = await openSession('nils', password);
  await page.getByRole('button', { name: 'Change the password' }).click();
  const current = page.getByLabel('Current password');
  const next = page.getByLabel('New password');
  expect([
    await current.getAttribute('autocomplete'),
    await next.getAttribute('autocomplete'),
    await page.locator('input[autocomplete=username]').inputValue(),
  ]).toEqual(['current-password', 'new-password', 'nils']);
  await current.fill(password);
  for (const [typed, fault] of [
    ['short', 'Use at least 8 characters.'],
    ['password', 'This is one of the most common passwords. Choose another one.'],
  ] as const) {
    await next.fill(typed);
    await page.keyboard.press('Enter');
    await said(page, fault);
  }
  await next.fill(NEW_PASSWORD);
  await page.keyboard.press('Enter');
  await said(page, 'Your password was changed. Every other session has ended.');
  expect(await statusWith(other)).toBe(401);
  await page.reload();
  await section(page, 'sessions').getByText('This device').waitFor();
  expect(await statusWith(await openSession('nils', NEW_PASSWORD))).toBe(200);
});

test('sessions: which device is this one; another one, all others and this one end', async () => {
  const { page, password } = await openAccount('ole');
  const [first, second] = [await openSession('ole', password), await openSession('ole', password)];
  await page.reload();
  const sessions = section(page, 'sessions');
  await sessions.getByText('This device').waitFor();
  const rows = sessions.locator('ul > li');
  expect(await rows.count()).toBe(3);
  expect(await rows.nth(0).textContent()).toContain('Chrome on Linux');
  await rows.nth(1).getByRole('button', { name: 'End the session: node' }).click();
  await said(page, 'The session has ended.');
  // The newest is on top.
  expect([await statusWith(first), await statusWith(second)]).toEqual([200, 401]);

  await page.getByRole('button', { name: 'End all others' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'End all others' }).click();
  await said(page, 'All other sessions have ended.');
  expect([await statusWith(first), await rows.count()]).toEqual([401, 1]);

  await rows.nth(0).getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${web.stack.origin}/`);
  await page.getByRole('heading', { name: 'One login for everything you do here' }).waitFor();
});

test('a session that cannot be ended is back in the list', async () => {
  const { page, password } = await openAccount('rik');
  await openSession('rik', password);
  await page.reload();
  await page.route('**/sessions/*-*', (route) => route.abort());
  const rows = section(page, 'sessions').locator('ul > li');
  await rows.nth(1).getByRole('button').click();
  await said(page, 'No connection. Check your network and try again.');
  await expect.poll(() => rows.count()).toBe(2);
});

test('passkeys are added at the sign-in pages and removed here, after a fresh sign-in', async () => {
  const { page } = await openAccount('lou');
  await addAuthenticator(page);
  await section(page, 'factors').getByRole('link', { name: 'Add a passkey' }).click();
  await page.waitForURL('**/security');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor();
  await page.goto('/account');
  const factors = section(page, 'factors');
  await factors.getByText('10 of 10 left').waitFor();
  await screenshots(page, 'account-passkey');

  // As auth-service answers five minutes later.
  let refusals = 0;
  await page.route('**/users/me/factors/passkeys/*', (route) => {
    if (refusals++ > 0) return route.fallback();
    const challenge = 'Bearer error="insufficient_user_authentication", max_age="300"';
    return route.fulfill({ status: 401, headers: { 'www-authenticate': challenge }, json: {} });
  });
  const remove = async () => {
    await factors.getByRole('button', { name: 'Remove Passkey 1' }).click();
    await page.getByText('your password alone signs you in').waitFor();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  };
  await remove();
  await page.getByRole('alertdialog', { name: 'Confirm that it is you' }).waitFor();
  const asked = page.waitForRequest((request) => request.url().includes('/session/sign-in?'));
  await page.getByRole('button', { name: 'Continue' }).click();
  expect(new URL((await asked).url()).searchParams.get('max_age')).toBe('300');
  await page.waitForURL(`${web.stack.origin}/account`);
  await remove();
  await said(page, 'Passkey 1 is removed.');
  await factors.getByText('10 of 10 left').waitFor({ state: 'detached' });
});

test('an agent with access: what it may do, and the end of that', async () => {
  const { page } = await openAccount('ida');
  await section(page, 'apps').getByText('No app has access').waitFor();
  const token = await connectAgent(page);
  await page.goto('/account');
  const apps = section(page, 'apps');
  await apps.getByText('Read your todos').waitFor();
  expect(await apps.textContent()).toContain(`Published by ${new URL(agent.id).host}`);
  await expectNoViolations(page);
  await screenshots(page, 'account');
  await apps.getByRole('button', { name: 'End access: Garden Agent' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'End access' }).click();
  await said(page, 'Garden Agent has no access any more.');
  expect(await statusWith(token)).toBe(401);
  // Its session ended with that.
  await section(page, 'sessions')
    .getByText(/Garden Agent/)
    .waitFor({ state: 'detached' });
});

test('an account is deleted by its name and password, and the person is signed out', async () => {
  const { page, password } = await openAccount('tom');
  const token = await openSession('tom', password);
  await page.getByRole('button', { name: 'Delete my account' }).click();
  await page.getByLabel('Type your username, tom').fill('tim');
  await page.getByLabel('Current password').fill(password);
  await page.keyboard.press('Enter');
  await said(page, 'This is not your username.');
  await expectNoViolations(page);
  await screenshots(page, 'account-deletion');
  expect(await statusWith(token)).toBe(200);
  await page.getByLabel('Type your username, tom').fill('tom');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${web.stack.origin}/`);
  await page.getByRole('heading', { name: 'One login for everything you do here' }).waitFor();
  expect(await statusWith(token)).toBe(401);
  // Not even the sign-in pages know the person.
  await page.goto('/sign-in');
  await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
});

test('the last administrator is told why the account stays', async () => {
  const page = await web.openPage();
  await signIn(page, 'admin', { path: '/account' });
  await page.getByRole('button', { name: 'Delete my account' }).click();
  await page.getByLabel('Type your username, admin').fill('admin');
  await page.getByLabel('Current password').fill('test1234');
  await page.keyboard.press('Enter');
  await said(page, 'You are the last administrator. Give another person that role first.');
});

test('in Chinese, and by the keyboard alone', async () => {
  const password = await addPerson(web.stack, 'wei');
  const page = await web.openPage({ locale: 'zh-CN' });
  await signIn(page, 'wei', { path: '/account', password });
  await page.getByRole('button', { name: '更改密码' }).focus();
  await page.keyboard.press('Enter');
  await dialog(page).waitFor();
  await page.keyboard.type(password);
  await page.keyboard.press('Tab');
  await page.keyboard.type('short');
  await page.keyboard.press('Enter');
  await said(page, '请使用至少 8 个字符。');
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
  await screenshots(page, 'account-chinese');
});
