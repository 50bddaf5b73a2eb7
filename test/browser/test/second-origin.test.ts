import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { type Stack, startStack } from '@latchkey/stack/stack';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchChromium } from '../src/chromium.ts';

const APP = resolve(import.meta.dirname, '../../../examples/second-origin/app.ts');
const dataDir = await makeOpenFolder('latchkey-second-origin-');

let stack: Stack;
let browser: Browser;
let app: ChildProcess;
let origin: string;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const tokenOf = async (username: string, scope: string): Promise<string> => {
  const body = new URLSearchParams({ username, password: 'test1234', scope });
  const answer = await fetch(`${stack.origin}/token`, { method: 'POST', body });
  return ((await answer.json()) as { access_token: string }).access_token;
};

async function register(): Promise<void> {
  const answer = await fetch(`${stack.origin}/admin/clients`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await tokenOf('admin', 'admin')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      client_id: 'second-origin',
      name: 'Second origin',
      authentication: 'none',
      grant_types: ['authorization_code'],
      scopes: ['openid', 'profile'],
      redirect_uris: [`${origin}/callback`],
      post_logout_redirect_uris: [`${origin}/`],
      backchannel_logout_uri: `${origin}/backchannel-logout`,
      firstParty: true,
    }),
  });
  expect(answer.status).toBe(201);
}

beforeAll(async () => {
  [stack, browser] = await Promise.all([startStack({ port: 0, dataDir }), launchChromium()]);
  const port = await freePort();
  origin = `http://localhost:${port}`;
  await register();
  const env = { ...process.env, ISSUER: stack.origin, PORT: String(port) };
  app = spawn(process.execPath, [APP], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(app.stdout as NonNullable<typeof app.stdout>, 'data');
}, 120_000);

afterAll(async () => {
  app?.kill();
  await browser?.close();
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

let context: BrowserContext;
let page: Page;
beforeEach(async () => {
  context = await browser.newContext({ locale: 'en-GB' });
  page = await context.newPage();
});
afterEach(() => context.close());

async function signInAtLatchkey(): Promise<void> {
  await page.goto(`${stack.origin}/sign-in`);
  await page.getByLabel('Username').fill('wangerge');
  await page.getByLabel('Password').fill('test1234');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('You are signed in').waitFor();
}

async function signInAtTheApp(): Promise<void> {
  await page.goto(origin);
  await page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await page.getByText('Signed in as wangerge').waitFor();
}

/** Loads the page anew until the app no longer knows the person. */
const untilSignedOut = async (withinMs: number) => {
  await expect
    .poll(
      async () => {
        await page.goto(origin);
        return page.getByRole('link', { name: 'Sign in', exact: true }).isVisible();
      },
      { timeout: withinMs },
    )
    .toBe(true);
};

test('signed in at Latchkey: one click, nothing typed, and a cookie that is the app’s own', async () => {
  await signInAtLatchkey();
  await signInAtTheApp();
  expect(page.url()).toBe(`${origin}/`);
  const cookies = await context.cookies(origin);
  const own = cookies.find(({ name }) => name === 'second-origin');
  expect(own).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
});

test('signed out at the hosted pages: signed out at the app within 2 seconds', async () => {
  await signInAtLatchkey();
  await signInAtTheApp();
  await page.goto(`${stack.origin}/logout`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out').waitFor();
  await untilSignedOut(2_000);
});

test('its session ended by the person elsewhere: signed out within 2 seconds', async () => {
  await signInAtLatchkey();
  await signInAtTheApp();
  const headers = {
    authorization: `Bearer ${await tokenOf('wangerge', 'account:read account:write')}`,
  };
  const answer = await fetch(`${stack.origin}/sessions`, { headers });
  const sessions = (await answer.json()) as { id: string; client_id: string }[];
  const session = sessions.find(({ client_id: id }) => id === 'second-origin');
  const ended = await fetch(`${stack.origin}/sessions/${session?.id}`, {
    method: 'DELETE',
    headers,
  });
  expect(ended.status).toBe(204);
  await untilSignedOut(2_000);
});

test('signing out there ends the sign-in at Latchkey, and comes back without a question', async () => {
  await signInAtLatchkey();
  await signInAtTheApp();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${origin}/`);
  await page.getByRole('link', { name: 'Sign in', exact: true }).click();
  expect(await page.getByRole('heading').textContent()).toBe('Sign in');
});

test('what is no logout token ends nothing', async () => {
  await signInAtLatchkey();
  await signInAtTheApp();
  const token = await tokenOf('wangerge', 'account:read');
  for (const logout_token of ['', 'x', token]) {
    const body = new URLSearchParams({ logout_token });
    const answer = await fetch(`${origin}/backchannel-logout`, { method: 'POST', body });
    expect(answer.status).toBe(400);
  }
  await page.goto(origin);
  await page.getByText('Signed in as wangerge').waitFor();
});
