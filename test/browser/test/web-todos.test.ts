import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
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

// Machines that do much else at the same time.
vi.setConfig({ testTimeout: 60_000 });

let web: WebStack;
let page: Page;
const username = 'mia';
let password: string;
let token: string;
let signedIn: BrowserContextOptions['storageState'];

beforeAll(async () => {
  web = await openWebStack();
  password = await addPerson(web.stack, username);
  const body = new URLSearchParams({ username, password });
  const answer = await fetch(`${web.stack.origin}/token`, { method: 'POST', body });
  token = ((await answer.json()) as { access_token: string }).access_token;
});
afterAll(() => web?.stop());

beforeEach(async () => {
  for (const { id } of await stored()) await call(`/todo/${id}`, 'DELETE');
  page = await web.openPage(signedIn ? { storageState: signedIn } : {});
});

interface Written {
  id?: number;
  title: string;
  description?: string;
  priority?: number;
  done?: boolean;
}

/** At the service itself, past the page. */
async function call(path: string, method = 'GET', todo?: Written): Promise<Response> {
  const answer = await fetch(web.stack.origin + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(todo ? { body: JSON.stringify(todo) } : {}),
  });
  expect(answer.ok).toBe(true);
  return answer;
}

/** Todos that were there before. */
async function write(...todos: Written[]): Promise<void> {
  for (const todo of todos) await call('/todo', 'POST', todo);
}

/** What the service has, the newest first. */
const stored = async () =>
  (await (await call('/todo?sort=-id&limit=200')).json()) as Required<Written>[];
const storedTitles = async () => (await stored()).map(({ title }) => title);

/** Signed in by the first test, for all. */
async function open(path = '/todos'): Promise<void> {
  if (signedIn) return void (await page.goto(path));
  await signIn(page, username, { path, password });
  signedIn = await page.context().storageState();
}
/** Longer than a toast is shown. */
const until = <Value>(get: () => Value) => expect.poll(get, { timeout: 20_000 });
const addLine = () => page.getByLabel('What do you want to get done?');
const rows = () => page.getByRole('list', { name: 'Your todos' }).getByRole('checkbox');
const tick = (title: string) => page.getByRole('checkbox', { name: title });
const shown = () => page.getByRole('list', { name: 'Your todos' }).getByRole('listitem');
const titlesShown = () => shown().locator('button > span[id]').allTextContents();
const focused = () =>
  page.evaluate(
    'document.activeElement.closest("[data-todo]")?.querySelector("button > span[id]").textContent ?? null',
  );

test('written, ticked off, edited and deleted with the keyboard alone', async () => {
  await open();
  await page.getByText('Nothing to do yet').waitFor();
  await page.keyboard.press('n');
  for (const title of ['Buy milk', 'Call Ann', 'Water the plants']) {
    await page.keyboard.type(title);
    await page.keyboard.press('Enter');
  }
  await until(titlesShown).toEqual(['Water the plants', 'Call Ann', 'Buy milk']);
  expect(await addLine().inputValue()).toBe('');

  await tick('Water the plants').focus();
  await page.keyboard.press('ArrowDown');
  expect(await focused()).toBe('Call Ann');
  await page.keyboard.press('Space');
  await until(() => tick('Call Ann').isChecked()).toBe(true);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('e');
  const dialog = page.getByRole('dialog', { name: 'Edit todo' });
  await dialog.getByLabel('Title').fill('Buy oat milk');
  await dialog.getByLabel('Priority').selectOption('High');
  await dialog.getByLabel('Title').press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await tick('Buy oat milk').waitFor();
  await until(focused).toBe('Buy oat milk');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Delete');
  await until(titlesShown).toEqual(['Call Ann', 'Buy oat milk']);
  await until(focused).toBe('Call Ann');
  // Asked for only when it cannot be undone any more.
  expect(await storedTitles()).toContain('Water the plants');
  await until(stored).toMatchObject([
    { title: 'Call Ann', done: true, priority: 3 },
    { title: 'Buy oat milk', done: false, priority: 4 },
  ]);
  await page.reload();
  await until(titlesShown).toEqual(['Call Ann', 'Buy oat milk']);
});

test('keys of the whole page can be switched off', async () => {
  await write({ title: 'Buy milk' });
  await open();
  await page.getByRole('button', { name: 'Turn off n and /' }).click();
  await page.reload();
  await tick('Buy milk').press('n');
  await page.keyboard.press('/');
  expect(await focused()).toBe('Buy milk');
  await page.getByRole('button', { name: 'Turn on n and /' }).click();
  await page.keyboard.press('n');
  await page.keyboard.type('Call Ann');
  expect(await addLine().inputValue()).toBe('Call Ann');
});

test('description and priority are folded away until they are wanted', async () => {
  await open();
  expect(await page.getByLabel('Description').isVisible()).toBe(false);
  await page.getByRole('button', { name: 'More details' }).click();
  await addLine().fill('Renew the card');
  await page.getByLabel('Description').fill('Bring a photo.');
  await page.getByLabel('Priority').selectOption('Highest');
  await page.getByLabel('Description').press('Control+Enter');
  await tick('Renew the card').waitFor();
  expect(await shown().textContent()).toContain('Bring a photo.');
  expect(await shown().textContent()).toContain('Priority: Highest');
  expect(await page.getByLabel('Description').isVisible()).toBe(false);
  expect(await stored()).toMatchObject([
    { title: 'Renew the card', description: 'Bring a photo.', priority: 5, done: false },
  ]);
});

describe('what a person does is seen before it is answered', () => {
  test('and stays when it is', async () => {
    await write({ title: 'Buy milk' });
    await open();
    await tick('Buy milk').waitFor();
    let go: (() => void) | undefined;
    await page.route('**/todo/*', async (route) => {
      await new Promise<void>((done) => {
        go = done;
      });
      await route.continue();
    });
    await tick('Buy milk').check();
    expect(await stored()).toMatchObject([{ done: false }]);
    await until(() => go).toBeDefined();
    go?.();
    await until(stored).toMatchObject([{ done: true }]);
    expect(await tick('Buy milk').isChecked()).toBe(true);
  });

  test('and is taken back when it fails', async () => {
    await write({ title: 'Buy milk' });
    await open();
    await tick('Buy milk').waitFor();
    await page.route('**/todo{,/*}', async (route) =>
      route.request().method() === 'GET' ? route.continue() : route.abort(),
    );
    await tick('Buy milk').click();
    await page.getByText('Not changed: No connection.').first().waitFor();
    await until(() => tick('Buy milk').isChecked()).toBe(false);
    await addLine().fill('Call Ann');
    await addLine().press('Enter');
    await page.getByText('Not added: “Call Ann”. No connection.').first().waitFor();
    expect(await titlesShown()).toEqual(['Buy milk']);
    // Nothing typed is lost, not even by a reload while the next one is written.
    await addLine().fill('Water the plants');
    await page.reload();
    expect(await addLine().inputValue()).toBe('Water the plants');
    await page.unroute('**/todo{,/*}');
    await shown().getByRole('button', { name: 'Try again' }).click();
    await until(titlesShown).toEqual(['Call Ann', 'Buy milk']);
    await until(storedTitles).toEqual(['Call Ann', 'Buy milk']);
  });
});

describe('deleting', () => {
  test('Undo loses nothing', async () => {
    await write({ title: 'Buy milk', description: 'Two bottles', priority: 5, done: true });
    await open();
    let deletions = 0;
    page.on('request', (request) => {
      if (request.method() === 'DELETE') deletions += 1;
    });
    await page.getByRole('button', { name: 'More about “Buy milk”' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByText('Nothing to do yet').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await tick('Buy milk').waitFor();
    await page.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' });
    expect(deletions).toBe(0);
    expect(await stored()).toMatchObject([
      { title: 'Buy milk', description: 'Two bottles', priority: 5, done: true },
    ]);
  });

  test('is done when the page is left', async () => {
    await write({ title: 'Buy milk' }, { title: 'Call Ann' });
    await open();
    await tick('Call Ann').press('Delete');
    await until(titlesShown).toEqual(['Buy milk']);
    await page.goto('/docs');
    await until(storedTitles).toEqual(['Buy milk']);
  });

  test('that was waiting when the page went away is done when it is back', async () => {
    await write({ title: 'Buy milk' }, { title: 'Call Ann' });
    await open();
    await until(titlesShown).toEqual(['Call Ann', 'Buy milk']);
    const [ann] = await stored();
    await page.evaluate(
      `sessionStorage.setItem('latchkey-todos-to-delete', '${JSON.stringify([ann?.id])}')`,
    );
    await page.reload();
    await until(storedTitles).toEqual(['Buy milk']);
    await until(titlesShown).toEqual(['Buy milk']);
  });

  test('goes on while other pages of the app are looked at', async () => {
    await write({ title: 'Buy milk' }, { title: 'Call Ann' });
    await open();
    await tick('Call Ann').press('Delete');
    await page.getByRole('link', { name: 'Home' }).click();
    await until(storedTitles).toEqual(['Buy milk']);
  });
});

describe('the list', () => {
  const some = [
    { title: 'Call Ann', priority: 2 },
    { title: 'Buy milk', description: 'At the corner shop', priority: 5, done: true },
    { title: 'Apples', priority: 4 },
  ];

  test('is filtered, sorted and searched, and a reload keeps it so', async () => {
    await write(...some);
    await open();
    await until(titlesShown).toEqual(['Apples', 'Buy milk', 'Call Ann']);
    await page.getByLabel('Sort by').selectOption('Highest priority first');
    await until(titlesShown).toEqual(['Buy milk', 'Apples', 'Call Ann']);
    await page.getByRole('button', { name: 'Open' }).click();
    await until(titlesShown).toEqual(['Apples', 'Call Ann']);
    await page.reload();
    await until(titlesShown).toEqual(['Apples', 'Call Ann']);
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.keyboard.press('/');
    await page.keyboard.type('corner');
    await until(titlesShown).toEqual(['Buy milk']);
    expect(new URL(page.url()).search).toBe('?sort=priority&search=corner');
    await page.reload();
    await until(titlesShown).toEqual(['Buy milk']);
    expect(await page.getByRole('searchbox').inputValue()).toBe('corner');
    await page.getByRole('searchbox').fill('zebra');
    await page.getByText('Nothing found').waitFor();
    await page.getByRole('button', { name: 'Clear the search' }).click();
    await until(titlesShown).toEqual(['Buy milk', 'Apples', 'Call Ann']);
    expect(new URL(page.url()).search).toBe('?sort=priority');
  });

  test('lets what is ticked off leave the open ones', async () => {
    await write({ title: 'Buy milk' }, { title: 'Call Ann' });
    await open('/todos?show=open');
    await tick('Call Ann').press('Space');
    await until(titlesShown).toEqual(['Buy milk']);
    await until(focused).toBe('Buy milk');
    await page.keyboard.press('Space');
    await page.getByText('All done').waitFor();
    await page.getByRole('button', { name: 'Show all todos' }).click();
    await until(titlesShown).toEqual(['Call Ann', 'Buy milk']);
  });

  test('has one page after another', async () => {
    await write(...Array.from({ length: 60 }, (_, index) => ({ title: `Todo ${index + 1}` })));
    await open();
    await until(() => rows().count()).toBe(50);
    await page.getByRole('button', { name: 'Show more' }).click();
    await until(() => rows().count()).toBe(60);
    await until(focused).toBe('Todo 10');
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
  });

  test('is the same in two tabs', async () => {
    await write({ title: 'Buy milk' });
    await open();
    await tick('Buy milk').waitFor();
    const other = await page.context().newPage();
    await other.goto('/todos');
    await other.getByLabel('What do you want to get done?').fill('Call Ann');
    await other.keyboard.press('Enter');
    await other.getByRole('checkbox', { name: 'Buy milk' }).check();
    await until(stored).toMatchObject([{ title: 'Call Ann' }, { done: true }]);
    // A browser without a screen does not hide its tabs.
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))");
    await until(titlesShown).toEqual(['Call Ann', 'Buy milk']);
    expect(await tick('Buy milk').isChecked()).toBe(true);
  });
});

describe('a sign-in in the middle', () => {
  test('keeps the todo that was being added', async () => {
    await open();
    await page.getByRole('button', { name: 'More details' }).click();
    await page.getByLabel('Description').fill('Two bottles');
    await addLine().fill('Buy milk');
    await loseSession(page);
    await addLine().press('Enter');
    await signInAgain(page, username, password);
    await page.locator('main').getByRole('button', { name: 'Try again' }).click();
    await tick('Buy milk').waitFor();
    await page.reload();
    await tick('Buy milk').waitFor();
    expect(await stored()).toMatchObject([{ title: 'Buy milk', description: 'Two bottles' }]);
  });

  test('keeps the edit, which goes on', async () => {
    await write({ title: 'Buy milk', priority: 4 });
    await open();
    await page.getByRole('button', { name: 'Buy milk', exact: true }).click();
    await page.getByLabel('Title').fill('Buy oat milk');
    await loseSession(page);
    await page.getByRole('button', { name: 'Save' }).click();
    await signInAgain(page, username, password);
    expect(await page.getByLabel('Title').inputValue()).toBe('Buy oat milk');
    await page.getByRole('button', { name: 'Save' }).click();
    await tick('Buy oat milk').waitFor();
    expect(await stored()).toMatchObject([{ title: 'Buy oat milk', priority: 4 }]);
    expect(new URL(page.url()).search).toBe('');
  });
});

test('support can be asked about a todo', async () => {
  await write({ title: 'Buy milk' });
  await open();
  await page.getByRole('button', { name: 'More about “Buy milk”' }).click();
  await page.getByRole('menuitem', { name: 'Ask support about it' }).click();
  await page.waitForURL(/\/support\?todo=\d+$/);
});

describe('for every eye and ear', () => {
  test('nothing yet, and a list', async () => {
    await open();
    await page.getByText('Nothing to do yet').waitFor();
    await expectNoViolations(page);
    await screenshots(page, 'todos-empty');
    await write(
      { title: 'Order the new kitchen lamp', description: 'The brass one, 40 cm', priority: 2 },
      { title: 'Buy milk', done: true },
      { title: 'Renew the library card', description: 'Bring a photo. '.repeat(20), priority: 5 },
      { title: `A title as long as the road to the sea: ${'wave after wave, '.repeat(9)}` },
    );
    await page.reload();
    await tick('Buy milk').waitFor();
    await page.getByRole('button', { name: 'More details' }).click();
    await expectNoViolations(page);
    await page.getByRole('button', { name: 'More details' }).click();
    await screenshots(page, 'todos');
    await tick('Renew').press('Delete');
    await page.getByText('Deleted “Renew').first().waitFor();
    await expectNoViolations(page);
    await tick('Buy milk').press('e');
    await page.getByRole('dialog').getByLabel('Title').fill(' ');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Give it a title.').waitFor();
    await expectNoViolations(page);
    await screenshots(page, 'todos-edit');
  });

  test('in Chinese', async () => {
    page = await web.openPage({ locale: 'zh-CN', ...(signedIn ? { storageState: signedIn } : {}) });
    await write({ title: '买牛奶', priority: 4 });
    await open();
    await tick('买牛奶').waitFor();
    await screenshots(page, 'todos-zh');
    expect(await page.locator('main').textContent()).not.toMatch(/[a-z]{4}/);
  });
});
