import pg from 'pg';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
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

// Each looks at its pages in three looks, which takes time.
vi.setConfig({ testTimeout: 90_000 });

let web: WebStack;

beforeAll(async () => {
  web = await openWebStack({ KEY_PUBLISH_AHEAD_SECONDS: '0' });
});
afterAll(() => web?.stop());

async function openAsAdmin(path: string): Promise<Page> {
  const page = await web.openPage();
  await signIn(page, 'admin', { path });
  return page;
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const question = (page: Page) => page.getByRole('alertdialog');
/** Answers the question that a button asks. */
async function act(page: Page, name: string, typed?: string): Promise<void> {
  await button(page, name).first().click();
  if (typed !== undefined) await question(page).getByRole('textbox').fill(typed);
  await question(page).getByRole('button', { name }).click();
}
/** The question that a button asks, in every look. */
async function lookAtQuestion(page: Page, name: string, picture: string): Promise<void> {
  await button(page, name).click();
  await question(page).waitFor();
  await expectNoViolations(page);
  await screenshots(page, picture);
}
/** Said at the edge of the page. */
const said = (page: Page, text: string) =>
  page.getByRole('region', { name: 'Notifications' }).getByText(text).first().waitFor();

test('is for administrators only', async () => {
  const page = await web.openPage();
  await signIn(page, 'wangerge', { path: '/administration/keys' });
  await page.getByRole('heading', { name: 'For administrators only' }).waitFor();
  expect(await page.getByRole('link', { name: 'Administration' }).count()).toBe(0);
  expect(await button(page, 'Rotate now').count()).toBe(0);
  await expectNoViolations(page);
});

describe('system', () => {
  test('says that all is well, and when a service is away', async () => {
    const page = await openAsAdmin('/administration/system');
    const verdict = page.locator('main').getByRole('status');
    await verdict.filter({ hasText: 'All is well' }).waitFor();
    const services = page.getByRole('list', { name: 'Services' });
    await services.getByRole('heading', { name: 'todo-service' }).waitFor();
    await expectNoViolations(page);
    await screenshots(page, 'administration-system');
    await web.stack.killService('todo-service');
    await verdict.filter({ hasText: 'todo-service has no healthy copy' }).waitFor();
    await expectNoViolations(page);
    await screenshots(page, 'administration-system-trouble');
    await web.stack.restartService('todo-service');
    await verdict.filter({ hasText: 'All is well' }).waitFor();
  });
});

describe('people', () => {
  test('are found, given a role, deactivated and deleted', async () => {
    await addPerson(web.stack, 'quentin');
    const page = await openAsAdmin('/administration/people');
    await page.getByRole('link', { name: 'wangerge' }).waitFor();
    await expectNoViolations(page);
    await screenshots(page, 'administration-people');
    await page.getByRole('searchbox').fill('quen');
    await page.waitForURL('**/people?search=quen');
    await page.getByRole('link', { name: 'quentin' }).click();
    await page.getByRole('heading', { name: 'quentin' }).waitFor();
    await page.getByRole('checkbox', { name: 'Support agent' }).check();
    await button(page, 'Save roles').click();
    await said(page, 'Roles saved');
    await page.reload();
    expect(await page.getByRole('checkbox', { name: 'Support agent' }).isChecked()).toBe(true);
    await expectNoViolations(page);
    await screenshots(page, 'administration-person');

    await act(page, 'Deactivate');
    await said(page, 'quentin is deactivated');
    await act(page, 'Reactivate');
    await said(page, 'quentin can sign in again');

    await lookAtQuestion(page, 'Delete account', 'administration-delete-person');
    await question(page).getByRole('textbox').fill('quentina');
    await question(page).getByRole('button', { name: 'Delete account' }).click();
    await question(page).getByText('That is something else').waitFor();
    await question(page).getByRole('textbox').fill('quentin');
    await question(page).getByRole('button', { name: 'Delete account' }).click();
    await said(page, 'quentin is deleted');
    await page.waitForURL('**/people?search=quen');
  });

  test('keep their last administrator', async () => {
    const page = await openAsAdmin('/administration/people');
    await page.getByRole('link', { name: 'admin', exact: true }).click();
    await page.getByText('This is your own account').waitFor();
    await act(page, 'Deactivate');
    await question(page).getByText('This is the last administrator').waitFor();
    await expectNoViolations(page);
  });
});

describe('clients', () => {
  const tokenStatus = async (id: string, secret: string) => {
    const body = new URLSearchParams({ grant_type: 'client_credentials' });
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    const headers = { authorization };
    return (await fetch(`${web.stack.origin}/token`, { method: 'POST', headers, body })).status;
  };
  const storedSecret = async (page: Page) => {
    const secret = await question(page).getByLabel('Secret', { exact: true }).inputValue();
    await question(page).getByRole('button', { name: 'I have stored it' }).click();
    return secret;
  };

  test('are registered, get another secret, and are disabled', async () => {
    const page = await openAsAdmin('/administration/clients');
    await page.getByRole('link', { name: 'Register a client' }).click();
    await button(page, 'Register a client').click();
    await page.getByText('Please enter a name.').waitFor();
    await expectNoViolations(page);
    await screenshots(page, 'administration-register-client');

    await page.getByLabel('Name').fill('Night job');
    await page.getByLabel('Client id').fill('wangerge');
    await page.getByLabel('How it proves who it is').selectOption('client_secret_basic');
    await page.getByRole('checkbox', { name: 'People sign in at our pages' }).uncheck();
    await page.getByRole('checkbox', { name: 'It stays signed in' }).uncheck();
    await page.getByRole('checkbox', { name: 'For itself' }).check();
    await page.getByRole('checkbox', { name: 'todo:read' }).check();
    await button(page, 'Register a client').click();
    await page.getByText('A person has this name').waitFor();
    // A reload loses nothing of it.
    await page.reload();
    await page.getByLabel('Client id').fill('night-job');
    await button(page, 'Register a client').click();
    await question(page).getByLabel('Secret', { exact: true }).waitFor();
    await expectNoViolations(page);
    await screenshots(page, 'administration-secret');
    const secret = await storedSecret(page);
    expect(secret).toMatch(/^latchkey_secret_/);
    expect(await tokenStatus('night-job', secret)).toBe(200);
    await page.waitForURL('**/clients?client=night-job');
    await expectNoViolations(page);
    await screenshots(page, 'administration-client');

    await act(page, 'Replace');
    const another = await storedSecret(page);
    expect(await tokenStatus('night-job', secret)).toBe(401);
    expect(await tokenStatus('night-job', another)).toBe(200);
    await act(page, 'Disable');
    await said(page, 'Night job is disabled');
    expect(await tokenStatus('night-job', another)).toBe(401);
    await page.getByRole('link', { name: 'All clients' }).click();
    await page.getByRole('link', { name: 'Night job' }).waitFor();
    await expectNoViolations(page);
    await screenshots(page, 'administration-clients');
  });

  test('of the system stay as they are', async () => {
    const page = await openAsAdmin('/administration/clients?client=gateway');
    await button(page, 'Save').click();
    await page.getByRole('alert').getByText('belongs to the system').waitFor();
  });
});

test('keys are rotated, and a compromised one is removed', async () => {
  const page = await openAsAdmin('/administration/keys');
  const rows = page.getByRole('list', { name: 'Signing keys' }).getByRole('listitem');
  const idOf = (state: string) => rows.filter({ hasText: state }).locator('code').textContent();
  const next = await idOf('Next');
  await lookAtQuestion(page, 'Rotate now', 'administration-rotate');
  await question(page).getByRole('button', { name: 'Rotate now' }).click();
  await said(page, 'The next key signs now');
  await rows.filter({ hasText: 'Retiring' }).waitFor();
  expect(await idOf('Signs now')).toBe(next);
  await expectNoViolations(page);
  await screenshots(page, 'administration-keys');
  const unused = (await idOf('Next')) ?? '';
  await rows.filter({ hasText: 'Next' }).getByRole('button', { name: 'Remove' }).click();
  await question(page).getByRole('textbox').fill(unused.slice(0, 8));
  await question(page).getByRole('button', { name: 'Remove' }).click();
  await said(page, 'The key is removed');
  await page.getByRole('list', { name: 'Past keys' }).getByText(unused).waitFor();
});

describe('the audit record', () => {
  test('is filtered by its address', async () => {
    const page = await openAsAdmin('/administration/audit');
    await page.getByLabel('What', { exact: true }).selectOption('login.succeeded');
    await page.getByLabel('Who did it').fill('admin');
    await button(page, 'Filter').click();
    await page.waitForURL('**/audit?type=login.succeeded&actor=admin');
    const events = page.getByRole('list', { name: 'Audit record' }).getByRole('listitem');
    await events.first().waitFor();
    await page.reload();
    await events.first().locator('summary').click();
    await events.first().getByText('login.succeeded', { exact: true }).waitFor();
    expect(await events.filter({ hasNotText: 'Signed in' }).count()).toBe(0);
    await expectNoViolations(page);
    await screenshots(page, 'administration-audit');
    await page.getByLabel('Who did it').fill('nobody-at-all');
    await button(page, 'Filter').click();
    await page.getByText('No event matches these filters.').waitFor();
    await expectNoViolations(page);
    await screenshots(page, 'administration-audit-empty');
  });

  test('asks for a fresh sign-in, and comes back to the same filters', async () => {
    const page = await web.openPage();
    await signIn(page, 'admin', { path: '/docs' });
    await signedInHoursAgo('admin');
    await page.goto('/administration/audit?type=login.');
    await question(page).getByText('This needs a fresh sign-in.').waitFor();
    await expectNoViolations(page);
    await question(page).getByRole('button', { name: 'Continue' }).click();
    await page.locator('#password').fill('test1234');
    await page.locator('form:not([data-passkey]) button').first().click();
    await page.waitForURL('**/administration/audit?type=login.');
    await page.getByRole('list', { name: 'Audit record' }).waitFor();
    await page.reload();
    await page.getByRole('list', { name: 'Audit record' }).waitFor();
    expect(await question(page).count()).toBe(0);
  });
});

test('roles are still chosen after a sign-in, and not after a look elsewhere', async () => {
  const page = await openAsAdmin('/administration/people?search=mei');
  await page.getByRole('link', { name: 'mei' }).click();
  const agent = page.getByRole('checkbox', { name: 'Support agent' });
  await agent.waitFor();
  await agent.check();
  await loseSession(page);
  await button(page, 'Save roles').click();
  await signInAgain(page, 'admin');
  await agent.waitFor();
  expect(await agent.isChecked()).toBe(true);
  await button(page, 'Save roles').click();
  await said(page, 'Roles saved');

  await agent.uncheck();
  await page.getByRole('link', { name: 'All people' }).click();
  await page.getByRole('link', { name: 'mei' }).click();
  expect(await agent.isChecked()).toBe(true);
});

/** As if that time had passed since every sign-in of a person. */
async function signedInHoursAgo(username: string): Promise<void> {
  const client = new pg.Client(web.stack.databaseUrls['auth-service']);
  await client.connect();
  for (const table of ['session', 'browser_login']) {
    await client.query(
      `UPDATE ${table} SET auth_time = auth_time - interval '3 hours'
        WHERE user_id = (SELECT id FROM "user" WHERE username = $1)`,
      [username],
    );
  }
  await client.end();
}

test('is in Chinese, too', async () => {
  const page = await web.openPage({ locale: 'zh-CN' });
  await signIn(page, 'admin', { path: '/administration/people' });
  await page.getByRole('heading', { name: '用户' }).waitFor();
  await screenshots(page, 'administration-people-zh');
});
