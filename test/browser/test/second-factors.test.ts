import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { type Stack, startStack } from '@latchkey/stack/stack';
import { Secret, TOTP } from 'otpauth';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { addAuthenticator } from '../src/authenticator.ts';
import { launchChromium } from '../src/chromium.ts';

// Several sign-ins a test, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

/** Left for people to look at. */
const SCREENSHOTS = resolve(import.meta.dirname, '../../../.test-results/browser');
const PASSWORD = 'wren-under-the-eaves';
const CALLBACK = 'https://app.example/callback';

let stack: Stack;
let browser: Browser;
const dataDir = await makeOpenFolder('latchkey-factors-');

beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await launchChromium();
  stack = await startStack({ port: 0, dataDir });
  await registerClient();
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

let context: BrowserContext;
beforeEach(async () => {
  await context?.close();
  context = await browser.newContext({ locale: 'en-GB' });
});

async function registerClient(): Promise<void> {
  const form = { username: 'admin', password: 'test1234', scope: 'admin' };
  const body = new URLSearchParams(form);
  const token = await fetch(`${stack.origin}/token`, { method: 'POST', body });
  const { access_token } = (await token.json()) as { access_token: string };
  const answer = await fetch(`${stack.origin}/admin/clients`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      client_id: 'notes',
      name: 'Latchkey Notes',
      firstParty: true,
      authentication: 'none',
      grant_types: ['authorization_code'],
      redirect_uris: [CALLBACK],
      scopes: ['openid', 'todo:read'],
    }),
  });
  expect(answer.status).toBe(201);
}

/** Where a client that needs a second factor sends a person. */
function stepUpUrl(): string {
  const verifier = randomBytes(32).toString('base64url');
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: 'notes',
    redirect_uri: CALLBACK,
    scope: 'openid todo:read',
    state: 'a state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  return `${stack.origin}/sign-in/second-factor?${parameters}`;
}

let people = 0;
async function signUp(page: Page): Promise<string> {
  const username = `person.${Date.now()}.${++people}`;
  await page.goto(`${stack.origin}/sign-up`);
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(PASSWORD);
  await page.locator('main form button').first().click();
  await page.waitForURL(/\/sign-in$/);
  return username;
}

async function giveUsernameAndPassword(page: Page, username: string): Promise<void> {
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(PASSWORD);
  await page.locator('form:not([data-passkey]) button').click();
}

const codeField = (page: Page) => page.locator('input[inputmode="numeric"]');
const signedIn = (page: Page) => page.getByRole('heading', { name: 'You are signed in' }).waitFor();

async function addPasskey(page: Page): Promise<void> {
  await page.goto(`${stack.origin}/security`);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor();
}

async function addApp(page: Page) {
  await page.goto(`${stack.origin}/security/authenticator`);
  const secret = (await page.locator('.secret').textContent()) ?? '';
  const totp = new TOTP({ secret: Secret.fromBase32(secret.replaceAll(' ', '')) });
  await page.locator('#code').fill(totp.generate());
  await page.locator('main form button').click();
  await page.locator('.codes').waitFor();
  // A code is good once: the next step's is within the window.
  return { next: () => totp.generate({ timestamp: Date.now() + 30_000 }) };
}

/** What automatic checks of accessibility find. */
async function faultsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describe('a passkey', () => {
  test('signs in alone, offered by the browser in the username field', async () => {
    const page = await context.newPage();
    const authenticator = await addAuthenticator(page);
    const username = await signUp(page);
    await addPasskey(page);
    expect(await authenticator.credentials()).toHaveLength(1);
    await context.clearCookies();
    // No click: the virtual authenticator answers the conditional request.
    await page.goto(`${stack.origin}/sign-in`);
    await signedIn(page);
    expect(await page.locator('.lead').textContent()).toContain(username);
  });

  test('is asked for after the password, too, and signs in by the button', async () => {
    const page = await context.newPage();
    const authenticator = await addAuthenticator(page);
    const username = await signUp(page);
    await addPasskey(page);
    await authenticator.setPresence(false);
    await context.clearCookies();
    await page.goto(`${stack.origin}/sign-in`);
    await giveUsernameAndPassword(page, username);
    await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
    await authenticator.setPresence(true);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await signedIn(page);
  });

  test('that has signed less often than is known is refused', async () => {
    const page = await context.newPage();
    const authenticator = await addAuthenticator(page);
    const username = await signUp(page);
    await addPasskey(page);
    await context.clearCookies();
    await page.goto(`${stack.origin}/sign-in`);
    await signedIn(page);
    await authenticator.setPresence(false);
    await authenticator.setCounter(1);
    await context.clearCookies();
    await page.goto(`${stack.origin}/sign-in`);
    await giveUsernameAndPassword(page, username);
    await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
    await authenticator.setPresence(true);
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    expect(await page.locator('.summary').textContent()).toContain('This passkey was not accepted');
  });

  test('what it signed is good once, and in no other browser', async () => {
    const page = await context.newPage();
    await addAuthenticator(page);
    await signUp(page);
    await addPasskey(page);
    await context.clearCookies();
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/sign-in/passkey')) sent.push(request.postData() ?? '');
    });
    await page.goto(`${stack.origin}/sign-in`);
    await signedIn(page);
    const credential = new URLSearchParams(sent[0]).get('credential') ?? '';
    expect(JSON.parse(credential)).toMatchObject({ type: 'public-key' });

    const replayIn = async (where: BrowserContext) => {
      const other = await where.newPage();
      await other.goto(`${stack.origin}/sign-in?then=security`);
      // As the script sends it.
      await other.evaluate(`{
        const form = document.querySelector('form[data-passkey]');
        form.elements.credential.value = ${JSON.stringify(credential)};
        form.submit();
      }`);
      return (await other.locator('.summary').textContent()) ?? '';
    };
    expect(await replayIn(context)).toContain('This passkey was not accepted');
    const stranger = await browser.newContext({ locale: 'en-GB' });
    expect(await replayIn(stranger)).toContain('This passkey was not accepted');
    await stranger.close();
  });

  test('is renamed and removed on the page', async () => {
    const page = await context.newPage();
    await addAuthenticator(page);
    await signUp(page);
    await addPasskey(page);
    await page.getByRole('link', { name: 'I have kept them' }).click();
    await page.getByText('Change Passkey 1').click();
    await page.getByLabel('Name').fill('<b>Laptop</b>');
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.locator('.name', { hasText: '<b>Laptop</b>' }).waitFor();
    await page.locator('.change summary').click();
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.locator('.passkeys').waitFor({ state: 'detached' });
  });
});

test('an authenticator app and a recovery code, without scripts', async () => {
  await context.close();
  context = await browser.newContext({ locale: 'en-GB', javaScriptEnabled: false });
  const page = await context.newPage();
  const username = await signUp(page);
  const app = await addApp(page);
  const codes = ((await page.locator('.codes').textContent()) ?? '').split('\n');
  expect(await page.locator('form[data-passkey]').isVisible()).toBe(false);

  await context.clearCookies();
  await page.goto(`${stack.origin}/sign-in`);
  await giveUsernameAndPassword(page, username);
  await codeField(page).waitFor();
  await page.keyboard.type(app.next());
  await page.keyboard.press('Enter');
  await signedIn(page);

  await context.clearCookies();
  await page.goto(`${stack.origin}/sign-in`);
  await giveUsernameAndPassword(page, username);
  await codeField(page).waitFor();
  await page.reload();
  await page.getByText('Use a recovery code instead').click();
  await page.getByLabel('Recovery code').fill(codes[0] ?? '');
  await page.keyboard.press('Enter');
  await signedIn(page);
  await page.goBack();
  await page.reload();
  await signedIn(page);
  await page.goto(`${stack.origin}/security`);
  expect(await page.getByText('9 of 10 left').isVisible()).toBe(true);
});

test('a client that needs a second factor gets one that is set up right there', async () => {
  const page = await context.newPage();
  await addAuthenticator(page);
  await signUp(page);
  await page.route(`${CALLBACK}**`, (route) => route.fulfill({ body: 'Welcome' }));
  await page.goto(stepUpUrl());
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await page.waitForURL(/^https:\/\/app\.example\/callback/);
  expect(new URL(page.url()).searchParams.get('state')).toBe('a state');
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
  test('is accessible, and fits', { timeout: 180_000 }, async () => {
    await context.close();
    context = await browser.newContext(options);
    const page = await context.newPage();
    const authenticator = await addAuthenticator(page);
    const seen = async (name: string) => {
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${look}.png`), fullPage: true });
      expect([name, await faultsOf(page)]).toEqual([name, []]);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect([name, width]).toEqual([name, options.viewport.width]);
    };
    const username = await signUp(page);
    await page.goto(`${stack.origin}/security`);
    await seen('security-empty');
    await page.goto(stepUpUrl());
    await seen('set-up');
    await page.goto(`${stack.origin}/security/authenticator`);
    await seen('authenticator');
    await page.locator('#code').fill('000000');
    await page.locator('main form button').click();
    await seen('authenticator-wrong');
    await addApp(page);
    await seen('recovery-codes');
    await page.goto(`${stack.origin}/security`);
    await page.locator('form[data-passkey] button').click();
    await page.locator('.passkeys').waitFor();
    await seen('security');
    await page.locator('.change summary').click();
    await seen('security-change');
    await authenticator.setPresence(false);
    await context.clearCookies();
    await page.goto(`${stack.origin}/sign-in?then=security`);
    await seen('sign-in-again');
    await giveUsernameAndPassword(page, username);
    await page.locator('#code').waitFor();
    await seen('second-factor');
    await page.locator('details summary').click();
    await page.locator('#recovery_code').fill('a2b3');
    await page.locator('details button').click();
    await seen('second-factor-wrong');
  });
});
