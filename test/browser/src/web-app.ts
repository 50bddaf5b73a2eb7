import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { type Stack, startStack } from '@latchkey/stack/stack';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { launchChromium } from './chromium.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
/** Left for people to look at. */
const SCREENSHOTS = join(REPOSITORY, '.test-results/browser');
const DEMO_PASSWORD = 'test1234';
const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

const ANIMATIONS_UNDER_WAY =
  'document.getAnimations().filter(({ playState }) => playState === "running").length';
const ANIMATIONS_END_MS = 10_000;

const LOOKS = [
  { name: 'light', colorScheme: 'light', viewport: WIDE },
  { name: 'dark', colorScheme: 'dark', viewport: WIDE },
  { name: 'phone', colorScheme: 'light', viewport: PHONE },
] as const;

export interface WebStack {
  stack: Stack;
  /**
   * A page in a fresh browser profile, to the end of the test; addresses may begin with `/`. The
   * test fails when a script throws or the page's policy blocks something.
   */
  openPage(options?: BrowserContextOptions): Promise<Page>;
  stop(): Promise<void>;
}

/** A service of another team that runs elsewhere, by its `service.json`. */
interface ForeignService {
  name: string;
  [member: string]: unknown;
}

/** The services of the repository, and another team's. */
function servicesDirWith(service: ForeignService, dataDir: string): string {
  const servicesDir = join(dataDir, 'services');
  mkdirSync(join(servicesDir, service.name), { recursive: true });
  writeFileSync(join(servicesDir, service.name, 'service.json'), JSON.stringify(service));
  for (const name of readdirSync(join(REPOSITORY, 'services'))) {
    symlinkSync(join(REPOSITORY, 'services', name), join(servicesDir, name));
  }
  return servicesDir;
}

/** The whole stack with the built app, and a browser. */
export async function openWebStack(
  env: NodeJS.ProcessEnv = {},
  service?: ForeignService,
): Promise<WebStack> {
  if (!existsSync(join(REPOSITORY, 'services/web/dist/index.html'))) {
    throw new Error('build the app first: npx -y pnpm@12 --filter @latchkey/web build');
  }
  mkdirSync(SCREENSHOTS, { recursive: true });
  const dataDir = await makeOpenFolder('latchkey-web-');
  const servicesDir = service && servicesDirWith(service, dataDir);
  const [stack, browser] = await Promise.all([
    startStack({ port: 0, dataDir, env, ...(servicesDir ? { servicesDir } : {}) }),
    launchChromium(),
  ]);
  return {
    stack,
    async openPage(options = {}) {
      const context = await browser.newContext({
        baseURL: stack.origin,
        locale: 'en-GB',
        viewport: WIDE,
        reducedMotion: 'reduce',
        ...options,
      });
      const page = await context.newPage();
      const faults: string[] = [];
      page.on('pageerror', ({ message }) => faults.push(message));
      page.on('console', (message) => {
        if (message.text().includes('Content Security Policy')) faults.push(message.text());
      });
      onTestFinished(async () => {
        await context.close();
        expect(faults).toEqual([]);
      });
      return page;
    },
    async stop() {
      await browser.close();
      await stack.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** By the sign-in pages, to a page of the app. */
export async function signIn(
  page: Page,
  username: string,
  { path = '/', password = DEMO_PASSWORD } = {},
): Promise<void> {
  await page.goto(`/session/sign-in?return_to=${encodeURIComponent(path)}`);
  await fillSignIn(page, username, password);
  await page.waitForURL((url) => url.pathname + url.search === path);
}

/** As if the session were over and the page had not noticed: the next call is refused. */
export async function loseSession(page: Page): Promise<void> {
  await page.route('**/session/events', (route) => route.abort());
  await page.context().clearCookies();
}

/** What the page asks when the session is over. */
export const signInQuestion = (page: Page): Locator =>
  page.getByRole('alertdialog', { name: 'Please sign in again' });

/** By the sign-in pages, and back to where the person was. */
export async function signInAgain(
  page: Page,
  username: string,
  password = DEMO_PASSWORD,
): Promise<void> {
  const address = page.url();
  await signInQuestion(page).getByRole('button', { name: 'Sign in' }).click();
  await fillSignIn(page, username, password);
  await page.waitForURL(address);
}

async function fillSignIn(page: Page, username: string, password: string): Promise<void> {
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(password);
  await page.locator('form:not([data-passkey]) button').first().click();
}

/** A person without anything yet; @returns the password. */
export async function addPerson(stack: Stack, username: string): Promise<string> {
  const password = 'wren-under-the-eaves';
  const answer = await fetch(`${stack.origin}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  expect(answer.status).toBe(201);
  return password;
}

/** A page as it is: light, dark and on a phone. */
async function inEveryLook(page: Page, visit: (look: string) => Promise<void>): Promise<void> {
  for (const { name, colorScheme, viewport } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    // The inner elements get the look's colors a few frames later.
    await expect
      .poll(() => page.evaluate(ANIMATIONS_UNDER_WAY), { timeout: ANIMATIONS_END_MS })
      .toBe(0);
    await visit(name);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(WIDE);
}

/** What automatic checks of accessibility find, in every look. */
export async function expectNoViolations(page: Page): Promise<void> {
  await inEveryLook(page, async (look) => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    const faults = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
    );
    expect([look, faults]).toEqual([look, []]);
  });
}

/** A picture in every look, in which nothing is wider than the screen. */
export async function screenshots(page: Page, name: string): Promise<void> {
  await inEveryLook(page, async (look) => {
    const path = join(SCREENSHOTS, `web-${name}-${look}.png`);
    await page.screenshot({ path, fullPage: true, animations: 'disabled' });
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect([name, look, width]).toEqual([name, look, page.viewportSize()?.width]);
  });
}
