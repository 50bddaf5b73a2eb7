import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import AxeBuilder from '@axe-core/playwright';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { type Stack, startStack } from '@latchkey/stack/stack';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAgent } from '../src/agent.ts';
import { launchChromium } from '../src/chromium.ts';

/** Left for people to look at. */
const SCREENSHOTS = resolve(import.meta.dirname, '../../../.test-results/browser');
const dataDir = await makeOpenFolder('latchkey-apps-');

let stack: Stack;
let browser: Browser;
let agent: Awaited<ReturnType<typeof startAgent>>;
beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  agent = await startAgent(dataDir);
  const env = {
    CLIENT_ID_METADATA_INTERNAL_HOSTS: 'localhost',
    NODE_EXTRA_CA_CERTS: agent.certificateFile,
  };
  browser = await launchChromium();
  stack = await startStack({ port: 0, dataDir, env });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  await agent?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** From the agent's request to its tokens, by a person who signs in and allows it. */
async function connect(page: Page, seen: (name: string) => Promise<void> = async () => undefined) {
  const { url, verifier } = agent.authorizeUrl(stack.origin, `${stack.origin}/todo`);
  await page.goto(url);
  await seen('agent-sign-in');
  await page.locator('#username').fill('wangerge');
  await page.locator('#password').fill('test1234');
  await page.locator('main button:not(.quiet)').click();
  await page.locator('.scopes').waitFor();
  await seen('agent-consent');
  // The agent's own program would wait there.
  let code = '';
  await page.route(`${agent.waitsAt}**`, (route) => {
    code = new URL(route.request().url()).searchParams.get('code') ?? '';
    return route.fulfill({ contentType: 'text/html', body: '<title>done</title>' });
  });
  await page.locator('button[value=allow]').click();
  await page.waitForURL(`${agent.waitsAt}**`);
  return agent.redeem(stack.origin, code, verifier);
}

const todosBy = (token: string) =>
  fetch(`${stack.origin}/todo`, { headers: { authorization: `Bearer ${token}` } });

test('an agent that nobody registered is let in, and out at once when its access ends', async () => {
  const context = await browser.newContext({ locale: 'en-GB', javaScriptEnabled: false });
  const page = await context.newPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const { access_token, refresh_token } = await connect(page);
  expect((await todosBy(access_token)).status).toBe(200);

  await page.goto(`${stack.origin}/sign-in`);
  await page.getByRole('link', { name: 'Apps with access' }).click();
  await page.getByRole('link', { name: 'End the access of Garden Agent' }).click();
  await page.getByRole('button', { name: 'End access' }).click();
  await page.getByText('You have not allowed any app').waitFor();
  const endedMs = performance.now();
  let last = await todosBy(access_token);
  while (last.status === 200 && performance.now() - endedMs < 5_000) {
    await delay(5);
    last = await todosBy(access_token);
  }
  // todo-service is told, and asks nobody.
  expect(last.status).toBe(401);
  expect(performance.now() - endedMs).toBeLessThan(1_000);

  const form = { grant_type: 'refresh_token', client_id: agent.id, refresh_token };
  const body = new URLSearchParams(form);
  const refreshed = await fetch(`${stack.origin}/token`, { method: 'POST', body });
  expect(await refreshed.json()).toMatchObject({ error: 'invalid_grant' });
  const elsewhere = asked.filter(
    (url) => ![stack.origin, agent.waitsAt, 'data:'].some((from) => url.startsWith(from)),
  );
  expect(elsewhere).toEqual([]);
  await context.close();
});

const WIDE = { width: 1100, height: 800 };
const PHONE = { width: 360, height: 740 };

describe.each([
  ['light', { colorScheme: 'light', locale: 'en-GB', viewport: WIDE }],
  ['dark', { colorScheme: 'dark', locale: 'en-GB', viewport: WIDE }],
  ['phone', { colorScheme: 'light', locale: 'en-GB', viewport: PHONE }],
  ['chinese', { colorScheme: 'light', locale: 'zh-CN', viewport: WIDE }],
  ['chinese-phone-dark', { colorScheme: 'dark', locale: 'zh-CN', viewport: PHONE }],
] satisfies [string, BrowserContextOptions & { viewport: typeof WIDE }][])(
  '%s',
  (look, options) => {
    test('every page about apps is accessible, and fits', { timeout: 120_000 }, async () => {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const seen = async (name: string) => {
        await page.screenshot({ path: join(SCREENSHOTS, `${name}-${look}.png`), fullPage: true });
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect([name, violations.map(({ id }) => id)]).toEqual([name, []]);
        const width = await page.evaluate('document.documentElement.scrollWidth');
        expect([name, width]).toEqual([name, options.viewport.width]);
      };
      await connect(page, seen);
      await page.goto(`${stack.origin}/sign-in`);
      await seen('signed-in-with-apps');
      await page.goto(`${stack.origin}/apps`);
      await seen('apps');
      await page.locator('.app a').click();
      await seen('app-end');
      await page.locator('main button:not(.quiet)').click();
      await page.waitForURL(/\/apps$/);
      await seen('apps-none');
      await context.close();
    });
  },
);
