import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  addPerson,
  expectNoViolations,
  openWebStack,
  screenshots,
  signIn,
  signInAgain,
  signInQuestion,
  type WebStack,
} from '../src/web-app.ts';

/** The page's own promises. */
const NOTICED_MS = 2_000;
const FIRST_VIEW_MS = 1_000;
const MAX_SHELL_BYTES = 200_000;

vi.setConfig({ testTimeout: 90_000 });

let web: WebStack;
beforeAll(async () => {
  web = await openWebStack();
});
afterAll(() => web?.stop());

const conversation = (at: Page) => at.getByRole('region', { name: 'Conversation' });

/** What a program gets with a new login of the person. */
async function asProgram(username: string, password: string, method: string, path: string) {
  const { origin } = web.stack;
  const body = new URLSearchParams({ username, password });
  const token = await fetch(`${origin}/token`, { method: 'POST', body });
  const { access_token: accessToken } = (await token.json()) as { access_token: string };
  return fetch(origin + path, { method, headers: { authorization: `Bearer ${accessToken}` } });
}

test('a customer notes something, asks support about it and reads the answer, with one login', async () => {
  const username = 'mara';
  const password = await addPerson(web.stack, username);
  const page = await web.openPage();
  let passwordPages = 0;
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() === 'GET' && pathname === '/sign-in') passwordPages += 1;
  });

  await page.goto('/');
  await page.locator('main').getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Username').fill(username);
  await page.locator('#password').fill(password);
  await page.locator('form:not([data-passkey]) button').first().click();
  await page.getByRole('heading', { name: 'Hello, mara' }).waitFor();
  const cookies = await page.context().cookies();
  expect(cookies.every(({ httpOnly }) => httpOnly)).toBe(true);

  await page.getByRole('navigation').getByRole('link', { name: 'Todos' }).click();
  await page.getByLabel('What do you want to get done?').fill('Coffee machine leaks');
  await page.keyboard.press('Enter');
  const row = page.getByRole('listitem').filter({ hasText: 'Coffee machine leaks' });
  await row.getByRole('button', { name: 'More about “Coffee machine leaks”' }).click();
  await page.getByRole('menuitem', { name: 'Ask support about it' }).click();

  await page.getByLabel('Subject').fill('A puddle under the machine');
  await page.getByLabel('Message').fill('It drips when it heats.');
  await page.getByRole('button', { name: 'Send to support' }).click();
  await conversation(page).getByText('It drips when it heats.').waitFor();

  const desk = await web.openPage();
  await signIn(desk, 'agent', { path: '/support' });
  await desk.getByRole('link', { name: /A puddle under the machine/ }).click();
  await desk.locator('main section').getByText('Coffee machine leaks').waitFor();
  await desk.getByLabel('Your message').fill('A new seal is on its way.');
  await desk.getByRole('button', { name: 'Send', exact: true }).click();
  await conversation(page).getByText('A new seal is on its way.').waitFor({ timeout: 5_000 });

  await page.getByRole('navigation').getByRole('link', { name: 'Account' }).click();
  await page.getByText('This device').first().waitFor();
  expect(passwordPages).toBe(1);

  await page.getByRole('button', { name: username }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL((url) => url.pathname !== '/account');
  const answers = await page.evaluate(
    `Promise.all(['/todo', '/tickets', '/users/me'].map(async (path) =>
       (await fetch(path, { headers: { 'Latchkey-CSRF': '1' } })).status))`,
  );
  expect(answers).toEqual([401, 401, 401]);
});

describe('two tabs', () => {
  test('one login for both, and the end of it is seen in both', async () => {
    const password = await addPerson(web.stack, 'two-tabs');
    const first = await web.openPage();
    await signIn(first, 'two-tabs', { path: '/todos', password });
    const second = await first.context().newPage();
    await second.goto('/support');
    await second.getByRole('heading', { name: 'Support', exact: true }).waitFor();

    await asProgram('two-tabs', password, 'DELETE', '/sessions');
    const startedAt = performance.now();
    await Promise.all([signInQuestion(first).waitFor(), signInQuestion(second).waitFor()]);
    expect(performance.now() - startedAt).toBeLessThan(NOTICED_MS);
  });

  test('the second one listens on when the first is closed', async () => {
    const password = await addPerson(web.stack, 'heir');
    const first = await web.openPage();
    await signIn(first, 'heir', { path: '/todos', password });
    const second = await first.context().newPage();
    await second.goto('/todos');
    await second.getByRole('heading', { name: 'Todos' }).waitFor();
    const opened = second.waitForRequest(/\/session\/events$/);
    await first.close();
    await (await opened).response();
    await asProgram('heir', password, 'DELETE', '/sessions');
    await signInQuestion(second).waitFor();
  });

  test('a new sign-in in one of them asks in neither', async () => {
    const password = await addPerson(web.stack, 'renewed');
    const first = await web.openPage();
    const listens = first.waitForResponse(/\/session\/events$/);
    await signIn(first, 'renewed', { path: '/todos', password });
    await listens;
    const second = await first.context().newPage();
    const looked = first.waitForResponse((answer) => new URL(answer.url()).pathname === '/session');
    // By the sign-in that is there: the session of before ends all the same.
    await second.goto('/session/sign-in?return_to=/todos');
    await second.waitForURL('**/todos');
    await looked;
    await first.waitForTimeout(NOTICED_MS);
    expect(await signInQuestion(first).count()).toBe(0);
    expect(await signInQuestion(second).count()).toBe(0);
  });

  test('a sign-in in one of them answers the question in the other', async () => {
    const password = await addPerson(web.stack, 'returned');
    const first = await web.openPage();
    await signIn(first, 'returned', { path: '/todos', password });
    await asProgram('returned', password, 'DELETE', '/sessions');
    await signInQuestion(first).waitFor();
    const second = await first.context().newPage();
    await signIn(second, 'returned', { path: '/todos', password });
    await first.evaluate('window.dispatchEvent(new Event("focus"))');
    await signInQuestion(first).waitFor({ state: 'detached' });
  });

  test('another person in one of them takes the page of the first away', async () => {
    const password = await addPerson(web.stack, 'forgotten');
    const first = await web.openPage();
    await signIn(first, 'forgotten', { path: '/todos', password });
    await first.getByLabel('What do you want to get done?').fill('Only mine');
    await first.keyboard.press('Enter');
    await first.getByRole('listitem').filter({ hasText: 'Only mine' }).waitFor();
    const second = await first.context().newPage();
    await second.context().clearCookies();
    await signIn(second, 'wangerge', { path: '/todos' });
    await first.evaluate(
      'document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))',
    );
    await first.getByRole('button', { name: 'wangerge' }).waitFor();
    expect(await first.getByText('Only mine').count()).toBe(0);
  });
});

test('a session that ended while the page could not listen is noticed when it can', async () => {
  const password = await addPerson(web.stack, 'deaf');
  const page = await web.openPage();
  await page.route('**/session/events', (route) => route.abort());
  await signIn(page, 'deaf', { path: '/todos', password });
  await page.getByRole('heading', { name: 'Todos' }).waitFor();
  await asProgram('deaf', password, 'DELETE', '/sessions');
  await page.unroute('**/session/events');
  await signInQuestion(page).waitFor();
});

test('a sign-in in the middle of writing loses nothing', async () => {
  const password = await addPerson(web.stack, 'writer');
  const page = await web.openPage();
  await signIn(page, 'writer', { path: '/todos', password });
  await page.getByLabel('What do you want to get done?').fill('Half a thou');
  await asProgram('writer', password, 'DELETE', '/sessions');
  await signInAgain(page, 'writer', password);
  expect(await page.getByLabel('What do you want to get done?').inputValue()).toBe('Half a thou');
});

test('what one person typed is shown to nobody else in the same tab', async () => {
  const password = await addPerson(web.stack, 'before');
  const page = await web.openPage();
  await signIn(page, 'before', { path: '/todos', password });
  await page.getByLabel('What do you want to get done?').fill('A secret');
  await page.context().clearCookies();
  await signIn(page, 'wangerge', { path: '/todos' });
  await page.getByRole('heading', { name: 'Todos' }).waitFor();
  expect(await page.getByLabel('What do you want to get done?').inputValue()).toBe('');
  expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain('A secret');
});

test('a signing key that is removed asks nobody to sign in again', async () => {
  const password = await addPerson(web.stack, 'unaware');
  const page = await web.openPage();
  await signIn(page, 'unaware', { path: '/todos', password });
  await page.getByLabel('What do you want to get done?').fill('Before');
  await page.keyboard.press('Enter');
  await page.getByRole('listitem').filter({ hasText: 'Before' }).waitFor();
  const { origin } = web.stack;
  const form = { username: 'admin', password: 'test1234', scope: 'admin' };
  const answer = await fetch(`${origin}/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${token}` };
  const { kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
  const removed = await fetch(`${origin}/admin/keys/${kid}`, { method: 'DELETE', headers });
  expect(removed.status).toBe(204);
  await page.waitForTimeout(1_500);
  await page.getByLabel('What do you want to get done?').fill('After');
  await page.keyboard.press('Enter');
  await expect
    .poll(
      async () => {
        await page.reload();
        await page.getByRole('heading', { name: 'Todos' }).waitFor();
        return page.getByRole('listitem').filter({ hasText: 'After' }).count();
      },
      { timeout: 15_000, interval: 1_000 },
    )
    .toBe(1);
  expect(await signInQuestion(page).count()).toBe(0);
});

test('a gateway that restarts under the page is not noticed', async () => {
  const password = await addPerson(web.stack, 'calm');
  const page = await web.openPage();
  await signIn(page, 'calm', { path: '/todos', password });
  await page.getByRole('heading', { name: 'Todos' }).waitFor();
  await web.stack.restartService('gateway');
  await page.getByLabel('What do you want to get done?').fill('Written afterwards');
  await page.keyboard.press('Enter');
  await page.reload();
  await page.getByText('Written afterwards').waitFor();
  // It listens again, too.
  await page.waitForTimeout(1_500);
  await asProgram('calm', password, 'DELETE', '/sessions');
  await signInQuestion(page).waitFor({ timeout: 10_000 });
});

test('offline, the page says so, and goes on by itself', async () => {
  const page = await web.openPage();
  await signIn(page, 'wangerge', { path: '/todos' });
  await page.getByRole('heading', { name: 'Todos' }).waitFor();
  await page.context().setOffline(true);
  await page.getByText('You are offline').waitFor();
  await page.context().setOffline(false);
  await page.getByText('You are offline').waitFor({ state: 'detached' });
});

test.each([
  ['Todos', 'wangerge', 'todos-page', 'Your todos'],
  ['Administration', 'admin', 'system-page', 'Services'],
] as const)(
  '%s opened while offline says so, and fills itself later',
  async (name, username, file, list) => {
    const page = await web.openPage();
    await signIn(page, username);
    const link = page.getByRole('navigation').getByRole('link', { name });
    await Promise.all([
      page.waitForResponse((answer) => answer.url().includes(`/${file}`)),
      link.hover(),
    ]);
    await page.context().setOffline(true);
    await link.click();
    await page.locator('main').getByRole('alert').getByText('No connection').waitFor();
    await page.context().setOffline(false);
    await page.getByRole('list', { name: list }).waitFor();
  },
);

test('home, welcome and an address that nobody has: both languages, no violations', async () => {
  const stranger = await web.openPage();
  await stranger.goto('/');
  await stranger.getByRole('heading', { name: 'One login for everything you do here' }).waitFor();
  await expectNoViolations(stranger);
  await screenshots(stranger, 'welcome');
  const missing = await stranger.goto('/no-such-page');
  await stranger.getByText('There is no such page').waitFor();
  expect(missing?.status()).toBe(404);
  await expectNoViolations(stranger);

  const page = await web.openPage({ locale: 'zh-CN' });
  await signIn(page, 'admin');
  await page.getByRole('heading', { name: '您好，admin' }).waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
  await expectNoViolations(page);
  await screenshots(page, 'home-chinese');
  await page.getByRole('button', { name: 'admin' }).click();
  await page.getByRole('menuitem', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'Hello, admin' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Hello, admin' }).waitFor();
  await screenshots(page, 'home');
});

test('the keyboard reaches the content past the navigation', async () => {
  const page = await web.openPage();
  await signIn(page, 'wangerge');
  await page.getByRole('heading', { name: 'Hello, wangerge' }).waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('content');
});

test('the keyboard goes on from the title of a page that was opened from another', async () => {
  const page = await web.openPage();
  await signIn(page, 'wangerge');
  await page.getByRole('heading', { name: 'Hello, wangerge' }).waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Todos' }).click();
  await page.getByRole('heading', { name: 'Todos', level: 1 }).waitFor();
  await expect
    .poll(() => page.evaluate('document.activeElement === document.querySelector("h1")'))
    .toBe(true);
});

test('without the texts of a language the page says so, in both', async () => {
  const page = await web.openPage();
  await page.route(/\/assets\/en-[^/]*\.js$/, (route) => route.abort());
  await page.goto('/');
  await page.getByText('The page could not be loaded.').waitFor();
  await page.getByText('页面无法加载。').waitFor();
  await page.unroute(/\/assets\/en-[^/]*\.js$/);
  await page.getByRole('button', { name: 'Reload' }).click();
  await page.getByRole('heading', { name: 'One login for everything you do here' }).waitFor();
});

test('the app is light and its first view is fast', async () => {
  const page = await web.openPage();
  await page.goto('/');
  await page.locator('h1').waitFor();
  const bytes = (await page.evaluate(`
    [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]
      .filter(({ name }) => !new URL(name).pathname.startsWith('/session'))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)
  `)) as number;
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(MAX_SHELL_BYTES);
  const looks: { first: number; whole: number }[] = [];
  for (let look = 0; look < 5; look += 1) {
    const fresh = await web.openPage();
    await fresh.goto('/');
    await fresh.locator('h1').waitFor();
    const paintsMs = `new Promise((done) => {
      const first = performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
      const observer = new PerformanceObserver((list) => {
        const whole = list.getEntries().find(({ element }) => element?.closest('main'));
        if (whole) done({ first, whole: whole.startTime });
      });
      observer.observe({ type: 'largest-contentful-paint', buffered: true });
    })`;
    looks.push((await fresh.evaluate(paintsMs)) as (typeof looks)[number]);
  }
  const medianOf = (of: (look: (typeof looks)[number]) => number) =>
    looks.map(of).toSorted((a, b) => a - b)[2] as number;
  const [first, whole] = [medianOf((look) => look.first), medianOf((look) => look.whole)];
  process.stdout.write(
    `web: ${(bytes / 1000).toFixed(0)} kB; first view ${first.toFixed(0)} ms, whole page ${whole.toFixed(0)} ms (medians of 5)\n`,
  );
  expect(first).toBeLessThan(FIRST_VIEW_MS);
});
