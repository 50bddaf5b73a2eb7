import type { Page } from 'playwright-core';
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

/** From one browser to the other. */
const LIVE_MS = 2_000;

// A page is checked in three looks.
vi.setConfig({ testTimeout: 120_000 });
const poll = <Value>(value: () => Promise<Value> | Value) =>
  expect.poll(value, { timeout: 15_000 });

let web: WebStack;
let page: Page;
let username: string;
let password: string;
let people = 0;

beforeAll(async () => {
  web = await openWebStack();
});
afterAll(() => web?.stop());

beforeEach(async () => {
  people += 1;
  username = `noa${people}`;
  password = await addPerson(web.stack, username);
  page = await web.openPage();
});

const me = () => ({ username, password });
const AGENT = { username: 'agent', password: 'test1234' };

const tokens = new Map<string, string>();

async function tokenOf(who: typeof AGENT): Promise<string> {
  const known = tokens.get(who.username);
  if (known) return known;
  const body = new URLSearchParams(who);
  const answer = await fetch(`${web.stack.origin}/token`, { method: 'POST', body });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  tokens.set(who.username, token);
  return token;
}

async function call<Answer>(
  who: typeof AGENT,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const authorization = `Bearer ${await tokenOf(who)}`;
  const answer = await fetch(`${web.stack.origin}${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  expect([path, answer.ok]).toEqual([path, true]);
  return (answer.status === 204 ? undefined : await answer.json()) as Answer;
}

interface Ticket {
  id: number;
}

const ask = (subject: string, more: object = {}) =>
  call<Ticket>(me(), 'POST', '/tickets', { subject, message: 'It says 503.', ...more });
const answer = (who: typeof AGENT, { id }: Ticket, text: string) =>
  call(who, 'POST', `/tickets/${id}/messages`, { text });

const open = (path = '/support') => signIn(page, username, { path, password });
async function openAsAgent(path = '/support'): Promise<Page> {
  const desk = await web.openPage();
  await signIn(desk, AGENT.username, { path, password: AGENT.password });
  return desk;
}

const conversation = (at: Page) => at.getByRole('region', { name: 'Conversation' });
const field = (at: Page) => at.getByLabel('Your message');
const rows = (at: Page) => conversation(at).getByRole('listitem');
/** Each message as `who: what`. */
const said = (at: Page) =>
  rows(at).evaluateAll((items) =>
    items.map((item) => {
      const [head, text] = item.querySelectorAll('p');
      return `${head?.querySelector('strong')?.textContent}: ${text?.textContent}`;
    }),
  );
const focused = (at: Page) => at.evaluate('document.activeElement.tagName');
const queue = (at: Page) => at.getByRole('navigation', { name: 'Tickets' });
const listed = (at: Page) => queue(at).getByRole('listitem');
const status = (at: Page) => at.locator('main section header').getByText(/Waiting|Answered|Closed/);

test('a first question, with the keyboard alone', async () => {
  await open();
  await page.getByText('How can we help?').waitFor();
  await page.getByRole('link', { name: 'Ask support' }).press('Enter');
  await page.getByLabel('Subject').press('Enter');
  await page.getByText('Say in a few words what it is about.').waitFor();
  await page.getByText('Write what we should know.').waitFor();
  await page.getByLabel('Subject').fill('My card was taken twice');
  await page.getByLabel('Message').fill('Once on Monday,\nonce on Tuesday.');
  await page.reload();
  expect(await page.getByLabel('Message').inputValue()).toBe('Once on Monday,\nonce on Tuesday.');
  await page.getByLabel('Subject').press('Enter');
  await page.waitForURL(/\/support\/\d+$/);
  await poll(() => said(page)).toEqual(['You: Once on Monday,\nonce on Tuesday.']);
  await poll(() => page.title()).toBe('My card was taken twice · Latchkey');
  expect(await listed(page).textContent()).toContain('Waiting for an answer');

  await field(page).press('Control+Enter');
  await page.getByText('Write a message first.').waitFor();
  await page.keyboard.type('And on Wednesday.');
  await page.keyboard.press('Control+Enter');
  await poll(() => said(page)).toContain('You: And on Wednesday.');
  expect(await field(page).inputValue()).toBe('');
  await page.goto('/support?new=true');
  expect(await page.getByLabel('Subject').inputValue()).toBe('');
});

test('a ticket about a todo names it, and says how it stands', async () => {
  const todo = await call<Ticket>(me(), 'POST', '/todo', { title: 'Order the lamp' });
  await open(`/support?todo=${todo.id}`);
  await page.getByText('Order the lamp').waitFor();
  await page.getByLabel('Subject').fill('Which one fits?');
  await page.getByLabel('Message').fill('40 or 60 cm?');
  await page.getByRole('button', { name: 'Send to support' }).click();
  await page.waitForURL(/\/support\/\d+$/);
  const header = page.locator('main section header');
  await header.getByText('To do').waitFor();
  expect(await header.getByRole('link', { name: 'Order the lamp' }).getAttribute('href')).toBe(
    '/todos',
  );
  await call(me(), 'PATCH', `/todo/${todo.id}`, { done: true, title: 'Order the brass lamp' });
  await page.reload();
  await header.getByText('Done').waitFor();
  await header.getByRole('link', { name: 'Order the brass lamp' }).waitFor();

  // An agent sees no todos of others: only what the ticket says.
  const desk = await openAsAgent(new URL(page.url()).pathname);
  const deskHeader = desk.locator('main section header');
  await deskHeader.getByText('Order the lamp').waitFor();
  expect(await deskHeader.getByText(/To do|Done|Deleted/).count()).toBe(0);

  await call(me(), 'DELETE', `/todo/${todo.id}`);
  await page.reload();
  await header.getByText('Deleted').waitFor();
  await page.goto(`/support?todo=${todo.id}`);
  await page.getByText('This todo is not there any more.').waitFor();
  await page.getByRole('button', { name: 'Do not link this todo' }).click();
  await page.waitForURL((url) => url.search === '?new=true');
  expect(await page.getByText('This todo is not there any more.').count()).toBe(0);
});

test('customer and agent talk, live, in two browsers', async () => {
  const desk = await openAsAgent();
  await queue(desk).waitFor();
  await open('/support?new=true');
  await page.getByLabel('Subject').fill(`Nothing loads for ${username}`);
  await page.getByLabel('Message').fill('Since this morning.');
  await page.getByRole('button', { name: 'Send to support' }).click();
  const inQueue = queue(desk).getByRole('link', { name: `Nothing loads for ${username}` });
  await inQueue.waitFor();
  expect(await inQueue.textContent()).toContain(`From ${username}`);
  await inQueue.click();
  await poll(() => said(desk)).toEqual([`${username}: Since this morning.`]);

  await field(desk).fill('Which browser is it?');
  await field(desk).press('Control+Enter');
  await conversation(page).getByText('Which browser is it?').waitFor({ timeout: LIVE_MS });
  expect(await said(page)).toEqual(['You: Since this morning.', 'Support: Which browser is it?']);
  await page
    .getByRole('status')
    .filter({ hasText: 'New message from Support: Which browser is it?' })
    .waitFor({ state: 'attached' });
  await poll(() => status(page).textContent()).toBe('Answered');
  // It waits for nobody at the desk any more, and stays open beside the queue.
  await inQueue.waitFor({ state: 'detached' });

  await field(page).fill('Firefox.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await conversation(desk).getByText('Firefox.').waitFor({ timeout: LIVE_MS });
  await inQueue.waitFor();
  expect(await said(desk)).toEqual([
    `${username}: Since this morning.`,
    'You: Which browser is it?',
    `${username}: Firefox.`,
  ]);

  await field(page).fill('One more th');
  await desk.getByRole('button', { name: 'Close ticket' }).click();
  await page.getByText('This ticket is closed.').waitFor();
  await poll(() => focused(desk)).toBe('H2');
  await page.getByRole('button', { name: 'Reopen' }).click();
  await desk.getByRole('button', { name: 'Close ticket' }).waitFor();
  await poll(() => focused(page)).toBe('TEXTAREA');
  expect(await field(page).inputValue()).toBe('One more th');
});

describe('a long conversation', () => {
  let ticket: Ticket;
  const LAST_PAGE = 7;

  beforeEach(async () => {
    ticket = await ask('A long story');
    // More than one page of them.
    for (let from = 1; from < 200 + LAST_PAGE; from += 20) {
      await Promise.all(
        Array.from({ length: Math.min(20, 200 + LAST_PAGE - from) }, (_, index) =>
          answer(me(), ticket, `Chapter ${from + index}`),
        ),
      );
    }
  }, 120_000);

  const scrollTop = () => conversation(page).evaluate(({ scrollTop: top }) => top);
  const isAtEnd = () =>
    conversation(page).evaluate(
      ({ scrollTop: top, scrollHeight, clientHeight }) => scrollHeight - top - clientHeight < 2,
    );

  test('opens at its end, and stays where the reader is', async () => {
    await open(`/support/${ticket.id}`);
    await poll(() => rows(page).count()).toBe(200 + LAST_PAGE);
    await poll(isAtEnd).toBe(true);
    await answer(AGENT, ticket, 'I see.');
    await conversation(page).getByText('I see.').waitFor();
    await poll(isAtEnd).toBe(true);

    await conversation(page).focus();
    await page.keyboard.press('Home');
    await poll(scrollTop).toBe(0);
    await answer(AGENT, ticket, 'Go on?');
    const mark = page.getByRole('button', { name: 'New messages' });
    await mark.waitFor();
    expect(await scrollTop()).toBe(0);
    await mark.click();
    await poll(isAtEnd).toBe(true);
    expect(await mark.count()).toBe(0);

    await page.keyboard.press('Home');
    await field(page).fill('The end.');
    await field(page).press('Control+Enter');
    await poll(isAtEnd).toBe(true);
    await poll(() => rows(page).last().textContent()).toContain('The end.');
    expect(await rows(page).count()).toBe(200 + LAST_PAGE + 3);
  });
});

describe('a message that does not get through', () => {
  test('is shown at once, stays, and is sent by another try', async () => {
    const ticket = await ask('Hello?');
    await open(`/support/${ticket.id}`);
    await rows(page).waitFor();
    await page.route('**/messages', async (route) =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    );
    await field(page).fill('Is there anybody?');
    await field(page).press('Control+Enter');
    const failed = rows(page).filter({ hasText: 'Is there anybody?' });
    await failed.getByText('Not sent').waitFor();
    await field(page).fill('Hm.');
    await field(page).press('Control+Enter');
    await poll(() => page.getByText('Not sent').count()).toBe(2);
    await page.unroute('**/messages');
    await page.reload();
    await rows(page).filter({ hasText: 'Hm.' }).getByRole('button', { name: 'Discard' }).click();
    await failed.getByRole('button', { name: 'Try again' }).click();
    await failed.getByText('Not sent').waitFor({ state: 'detached' });
    await poll(() => said(page)).toEqual(['You: It says 503.', 'You: Is there anybody?']);
    await page.reload();
    await poll(() => said(page)).toEqual(['You: It says 503.', 'You: Is there anybody?']);
  });

  test('is not taken for unsent when only the answer was lost', async () => {
    const ticket = await ask('Hello?');
    await open(`/support/${ticket.id}`);
    await rows(page).waitFor();
    await page.route('**/messages', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      await route.fetch();
      await route.abort();
    });
    await field(page).fill('Is there anybody?');
    await field(page).press('Control+Enter');
    await poll(() => said(page)).toEqual(['You: It says 503.', 'You: Is there anybody?']);
    await page.getByText('Not sent').waitFor({ state: 'detached' });
    expect(await rows(page).count()).toBe(2);
  });

  test('says that the ticket was closed meanwhile', async () => {
    const ticket = await ask('Hello?');
    await open(`/support/${ticket.id}`);
    await rows(page).waitFor();
    await page.route('**/tickets/events', (route) => route.abort());
    await page.reload();
    await field(page).fill('One more thing');
    await call(AGENT, 'PATCH', `/tickets/${ticket.id}`, { status: 'closed' });
    await field(page).press('Control+Enter');
    await page.getByText('Not sent: the ticket is closed').waitFor();
    await page.getByRole('button', { name: 'Reopen' }).click();
    await page.getByRole('button', { name: 'Try again' }).click();
    await poll(() => said(page)).toEqual(['You: It says 503.', 'You: One more thing']);
    await page.getByText('Not sent').waitFor({ state: 'detached' });
  });
});

describe('a session that is ended elsewhere', () => {
  test('in the middle of an answer, which is kept', async () => {
    const ticket = await ask('Hello?');
    await open(`/support/${ticket.id}`);
    await field(page).fill('Half a sentence');
    await call(me(), 'DELETE', '/sessions');
    await signInAgain(page, username, password);
    expect(await field(page).inputValue()).toBe('Half a sentence');
    expect(new URL(page.url()).pathname).toBe(`/support/${ticket.id}`);
    await field(page).fill('Half a sentence, and the rest');
    await field(page).press('Control+Enter');
    await poll(() => said(page)).toContain('You: Half a sentence, and the rest');
    await page.reload();
    await poll(() => said(page)).toContain('You: Half a sentence, and the rest');
    expect(await field(page).inputValue()).toBe('');
  });

  test('as a message goes out, which is there to be sent again', async () => {
    const ticket = await ask('Hello?');
    await open(`/support/${ticket.id}`);
    await field(page).fill('Anybody?');
    await loseSession(page);
    await field(page).press('Control+Enter');
    await signInAgain(page, username, password);
    await page.getByRole('button', { name: 'Try again' }).click();
    await poll(() => said(page)).toEqual(['You: It says 503.', 'You: Anybody?']);
  });

  test('in the middle of a question about a todo', async () => {
    const todo = await call<Ticket>(me(), 'POST', '/todo', { title: 'Order the lamp' });
    await open(`/support?todo=${todo.id}`);
    await page.getByLabel('Subject').fill('Which one fits?');
    await page.getByLabel('Message').fill('40 or 60 cm?');
    await loseSession(page);
    await page.getByRole('button', { name: 'Send to support' }).click();
    await signInAgain(page, username, password);
    await page.getByText('Order the lamp').waitFor();
    expect(await page.getByLabel('Subject').inputValue()).toBe('Which one fits?');
    expect(await page.getByLabel('Message').inputValue()).toBe('40 or 60 cm?');
  });
});

test('offline, what is there can be read, and what is written is sent later', async () => {
  const ticket = await ask('On the train');
  await ask('Not opened yet');
  await open(`/support/${ticket.id}`);
  await rows(page).waitFor();
  await page.context().setOffline(true);
  await page.getByText('You are offline').waitFor();
  await field(page).fill('In a tunnel.');
  await field(page).press('Control+Enter');
  await page.getByText('Is sent when you are online').waitFor();
  expect(await said(page)).toEqual(['You: It says 503.', 'You: In a tunnel.']);
  await queue(page).getByRole('link', { name: 'Not opened yet' }).click();
  await page.getByText('No connection.').waitFor();
  await page.context().setOffline(false);
  await rows(page).waitFor();
  await page.getByText('You are offline').waitFor({ state: 'detached' });
  await page.goto(`/support/${ticket.id}`);
  await poll(() => said(page)).toEqual(['You: It says 503.', 'You: In a tunnel.']);
});

test('the queue shows who waits longest first, by state and by person', async () => {
  const [first, second] = [await ask('Asked first'), await ask('Asked second')];
  const done = await ask('Long done');
  await call(me(), 'PATCH', `/tickets/${done.id}`, { status: 'closed' });
  const desk = await openAsAgent();
  await desk.getByLabel('Tickets of one person').fill(username);
  await desk.getByLabel('Tickets of one person').press('Enter');
  const subjects = () => listed(desk).locator('a > span:first-child').allTextContents();
  await poll(subjects).toEqual(['Long done', 'Asked second', 'Asked first']);
  expect(await focused(desk)).toBe('INPUT');
  await desk.getByRole('button', { name: 'Waiting' }).click();
  await poll(subjects).toEqual(['Asked first', 'Asked second']);
  await answer(AGENT, first, 'Try again.');
  await poll(subjects).toEqual(['Asked second']);
  await desk.getByRole('button', { name: 'Answered' }).click();
  await poll(subjects).toEqual(['Asked first']);
  await desk.getByRole('button', { name: 'Closed' }).click();
  await poll(subjects).toEqual(['Long done']);
  await desk.reload();
  await poll(subjects).toEqual(['Long done']);
  await desk.goto(`/support/${second.id}`);
  await desk.locator('main section header').getByText(`From ${username}`).click();
  await poll(subjects).toEqual(['Asked first', 'Long done', 'Asked second']);
  await desk.getByRole('button', { name: 'Show the tickets of everyone' }).click();
  await poll(async () => (await subjects()).length).toBeGreaterThan(3);
});

test('a ticket of another person is not there', async () => {
  await open('/support/1');
  await page.getByText('There is no such ticket').waitFor();
  await page.goto('/support/one');
  await page.getByText('There is no such ticket').waitFor();
});

test('one page of tickets after another', async () => {
  for (let number = 1; number <= 32; number += 1) await ask(`Question ${number}`);
  await open();
  await poll(() => listed(page).count()).toBe(30);
  await page.getByRole('button', { name: 'Show more' }).click();
  await poll(() => listed(page).count()).toBe(32);
  expect(await listed(page).last().textContent()).toContain('Question 1');
});

test('on a phone, the list and the ticket come one after the other', async () => {
  await ask('Hello?');
  await page.setViewportSize({ width: 390, height: 844 });
  await open();
  await listed(page).getByRole('link').click();
  await rows(page).waitFor();
  expect(await queue(page).count()).toBe(0);
  await page.locator('h2:focus', { hasText: 'Hello?' }).waitFor();
  expect(await field(page).isVisible()).toBe(true);
  await page.getByRole('link', { name: 'All tickets' }).click();
  await listed(page).waitFor();
  expect(await rows(page).count()).toBe(0);
});

describe('for every eye and ear', () => {
  let todo: Ticket;
  beforeEach(async () => {
    todo = await call<Ticket>(me(), 'POST', '/todo', { title: 'Order the kitchen lamp' });
  });

  test('nothing yet', async () => {
    await open();
    await page.getByText('How can we help?').waitFor();
    await expectNoViolations(page);
    await screenshots(page, 'support-empty');
  });

  test('a question', async () => {
    await open(`/support?todo=${todo.id}`);
    await page.getByText('Order the kitchen lamp').waitFor();
    await page.getByRole('button', { name: 'Send to support' }).click();
    await page.getByText('Write what we should know.').waitFor();
    await expectNoViolations(page);
    await screenshots(page, 'support-new');
  });

  describe('some tickets', () => {
    let ticket: Ticket;
    let closed: Ticket;
    beforeEach(async () => {
      await ask('Can I have invoices by mail?');
      closed = await ask('Wrong name on the card');
      await call(me(), 'PATCH', `/tickets/${closed.id}`, { status: 'closed' });
      await ask(`A subject as long as the road to the sea: ${'wave after wave, '.repeat(9)}`);
      ticket = await ask('The lamp I ordered hums', { todoId: todo.id });
      await answer(AGENT, ticket, 'Sorry to hear that. Does it hum all the time, or when dimmed?');
      await answer(me(), ticket, 'Only when it is dimmed.\n\nThe old one did not.');
      await answer(AGENT, ticket, 'Then it is the dimmer. We will send you a matching one.');
    });

    test('in a list', async () => {
      await open();
      await poll(() => listed(page).count()).toBe(4);
      await expectNoViolations(page);
      await screenshots(page, 'support-list');
    });

    test('a closed one', async () => {
      await open(`/support/${closed.id}`);
      await page.getByText('This ticket is closed.').waitFor();
      await expectNoViolations(page);
      await screenshots(page, 'support-closed');
    });

    test('a conversation', async () => {
      await open(`/support/${ticket.id}`);
      await poll(() => rows(page).count()).toBe(4);
      await screenshots(page, 'support-ticket');
      await page.route('**/messages', (route) => route.abort());
      await field(page).fill('Thank you!');
      await field(page).press('Control+Enter');
      await page.getByText('Not sent').waitFor();
      await field(page).fill('When will it come?');
      await expectNoViolations(page);
      await screenshots(page, 'support-not-sent');
    });

    test('the queue of an agent', async () => {
      const desk = await openAsAgent(`/support/${ticket.id}`);
      await poll(() => rows(desk).count()).toBe(4);
      await listed(desk).first().waitFor();
      await expectNoViolations(desk);
      await screenshots(desk, 'support-queue');
    });
  });

  test('in Chinese', async () => {
    page = await web.openPage({ locale: 'zh-CN' });
    const ticket = await ask('无法登录');
    await answer(AGENT, ticket, '请问您看到什么提示？');
    await open(`/support/${ticket.id}`);
    await page.getByText('请问您看到什么提示？').waitFor();
    await screenshots(page, 'support-zh');
    expect(await page.locator('main').textContent()).not.toMatch(/[a-z]{6}/);
  });
});
