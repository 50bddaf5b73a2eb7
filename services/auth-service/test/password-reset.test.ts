import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type AuthService,
  auditTypes,
  ISSUER,
  PASSWORD,
  startAuthService,
  testClock,
} from './harness.ts';
import { addHostedClients, authorizeUrl, openBrowser, type Page } from './hosted-browser.ts';
import { giveEmail, openQueue, startMailServer } from './mail-server.ts';

const NEW_PASSWORD = 'eleven-swans-on-a-lake';
const ADDRESS = 'Wang@Example.com';
const MAILBOX = 'wang@example.com';

let auth: AuthService;
let mail: Awaited<ReturnType<typeof startMailServer>>;
let queue: ReturnType<typeof openQueue>;
const clock = testClock();
const env = { MAIL_REQUESTS_PER_ADDRESS: '100000', MAILS_PER_ACCOUNT: '1000' };

beforeAll(async () => {
  auth = await startAuthService({ now: clock.now, env });
  await addHostedClients(auth);
  mail = await startMailServer();
  queue = openQueue(auth, { url: mail.url, now: clock.now });
  await giveEmail(auth, 'wangerge', ADDRESS);
});
afterAll(async () => {
  await queue.close();
  await mail.close();
  await auth.stop();
});

let number = 0;
/** Each test has a person of its own, so that none depends on the order. */
let person: { username: string; mailbox: string };
beforeEach(async () => {
  number += 1;
  person = { username: `person-${number}`, mailbox: `person-${number}@example.com` };
  const json = { username: person.username, password: PASSWORD };
  await auth.request('POST /register', { json });
  await giveEmail(auth, person.username, person.mailbox);
});

async function ask(login: string): Promise<Page> {
  const browser = openBrowser(auth);
  return browser.submit(await browser.open('/forgot-password'), { login });
}

async function linkFor({ username, mailbox } = person): Promise<string> {
  await ask(username);
  await queue.run();
  return mail.lastLink(mailbox);
}

async function use(link: string, password = NEW_PASSWORD): Promise<Page> {
  const browser = openBrowser(auth);
  const page = await browser.open(link);
  const token = new URL(link).searchParams.get('token') ?? '';
  return browser.submit(page, { token, password });
}

const statusOf = async (username: string, password: string) =>
  (await auth.request('POST /token', { form: { username, password } })).status;

describe('a person who forgot the password', () => {
  test('finds the page, gets a mail, and signs in with the new password', async () => {
    const browser = openBrowser(auth);
    const signIn = await browser.open(authorizeUrl());
    const [, href = ''] = /href="(\/forgot-password\?[^"]*)"/.exec(signIn.text) ?? [];
    const page = await browser.open(href.replaceAll('&amp;', '&'));
    const sent = await browser.submit(page, { login: person.username });
    expect([sent.status, sent.text]).toEqual([200, expect.stringContaining('Check your mail')]);
    expect(sent.text).toContain('/sign-in?');
    await queue.run();
    const [received] = mail.mails.filter(({ recipients }) => recipients[0] === person.mailbox);
    expect(received).toMatchObject({
      subject: 'Choose a new password · Latchkey',
      from: { address: 'login@example.com', name: 'Latchkey' },
      to: [{ address: person.mailbox }],
    });
    const link = mail.lastLink(person.mailbox);
    expect(link).toMatch(new RegExp(`^${ISSUER}/reset-password\\?token=[\\w-]{43}$`));
    expect(received?.html).toContain(link);
    expect(received?.html).not.toContain('<script');
    expect(received?.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe(
      'auto-generated',
    );

    const done = await use(link);
    expect([done.status, done.text]).toEqual([200, expect.stringContaining('was changed')]);
    expect(await statusOf(person.username, NEW_PASSWORD)).toBe(200);
    expect(await statusOf(person.username, PASSWORD)).toBe(401);
  });

  test.each([ADDRESS, 'wang@example.com', ' WANG@EXAMPLE.COM ', 'WangErge'])(
    'may write %j',
    async (login) => {
      const before = mail.mails.length;
      await ask(login);
      await queue.run();
      const links = mail.mails.slice(before).filter(({ text }) => text?.includes('token='));
      expect(links.map(({ recipients }) => recipients)).toEqual([[MAILBOX]]);
    },
  );

  test('is signed out everywhere, and told by mail', async () => {
    const { body: tokens } = await auth.login(person.username);
    const browser = openBrowser(auth);
    await browser.signIn(await browser.open('/sign-in'), person.username);
    await use(await linkFor());
    const form = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    expect((await auth.request('POST /token', { form })).status).toBe(400);
    const own = await auth.request('GET /users/me', { token: tokens.access_token });
    expect(own.status).toBe(401);
    expect((await browser.open('/sign-in')).text).toContain('name="password"');
    await queue.run();
    const notice = mail.mails.findLast(({ recipients }) => recipients[0] === person.mailbox);
    expect(notice?.subject).toBe('Your password was changed · Latchkey');
    expect(notice?.text).not.toContain('token=');
  });

  test('is not signed in by the link: the next sign-in asks for what it always does', async () => {
    const browser = openBrowser(auth);
    const link = await linkFor();
    const page = await browser.open(link);
    const token = new URL(link).searchParams.get('token') ?? '';
    await browser.submit(page, { token, password: NEW_PASSWORD });
    expect((await browser.open('/sign-in')).text).toContain('name="password"');
  });

  test('reads it in Chinese', async () => {
    const browser = openBrowser(auth);
    const chinese = { 'accept-language': 'zh-CN' };
    const page = await browser.send('/forgot-password', { headers: chinese });
    expect(page.text).toContain('设置新密码');
    const headers = { ...chinese, origin: ISSUER, 'sec-fetch-site': 'same-origin' };
    await browser.submit(page, { login: person.username }, headers);
    await queue.run();
    const received = mail.mails.findLast(({ recipients }) => recipients[0] === person.mailbox);
    expect(received?.subject).toBe('设置新密码 · Latchkey');
    expect(received?.text).toContain(`${person.username}，您好！`);
  });
});

describe('a link', () => {
  test('is good once', async () => {
    const link = await linkFor();
    expect((await use(link)).status).toBe(200);
    const again = await openBrowser(auth).open(link);
    expect([again.status, again.text]).toEqual([400, expect.stringContaining('no longer works')]);
    const browser = openBrowser(auth);
    const form = await browser.open('/forgot-password');
    const token = new URL(link).searchParams.get('token') ?? '';
    const forged = { ...form, text: form.text.replace('/forgot-password"', '/reset-password"') };
    const replay = await browser.submit(forged, { token, password: 'another-long-password' });
    expect([replay.status, replay.text]).toEqual([400, expect.stringContaining('no longer works')]);
    expect(await statusOf(person.username, NEW_PASSWORD)).toBe(200);
  });

  test('is good for 30 minutes', async () => {
    const link = await linkFor();
    clock.forwardSeconds(1_799);
    expect((await openBrowser(auth).open(link)).status).toBe(200);
    clock.forwardSeconds(1);
    expect((await openBrowser(auth).open(link)).status).toBe(400);
  });

  test('is no longer good once the password was changed otherwise', async () => {
    const link = await linkFor();
    const { body } = await auth.login(person.username);
    const json = { currentPassword: PASSWORD, newPassword: 'seven-geese-in-a-row' };
    const changed = await auth.request('PUT /users/me/password', {
      token: body.access_token,
      json,
    });
    expect(changed.status).toBe(204);
    expect((await openBrowser(auth).open(link)).status).toBe(400);
  });

  test('is no longer good for a closed account', async () => {
    const link = await linkFor();
    await auth.db.user.update({
      where: { username: person.username },
      data: { deactivatedAt: new Date(clock.now()) },
    });
    expect((await openBrowser(auth).open(link)).status).toBe(400);
  });

  test('used by two at once sets one password', async () => {
    const link = await linkFor();
    const passwords = Array.from({ length: 6 }, (_, at) => `the-password-of-number-${at}`);
    const answers = await Promise.all(passwords.map((password) => use(link, password)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400, 400]);
    const good = await Promise.all(passwords.map((each) => statusOf(person.username, each)));
    expect(good.filter((status) => status === 200)).toHaveLength(1);
    expect(good.indexOf(200)).toBe(answers.findIndex(({ status }) => status === 200));
  });

  test('and a change of the password at once: neither waits for the other forever', async () => {
    const link = await linkFor();
    const { body } = await auth.login(person.username);
    const json = { currentPassword: PASSWORD, newPassword: 'seven-geese-in-a-row' };
    const [used, changed] = await Promise.all([
      use(link),
      auth.request('PUT /users/me/password', { token: body.access_token, json }),
    ]);
    expect([
      [200, 403],
      [200, 401],
      [400, 204],
    ]).toContainEqual([used.status, changed.status]);
  });

  test('survives a password that is refused', async () => {
    const link = await linkFor();
    for (const [password, text] of [
      ['short', 'at least 8 characters'],
      ['password1', 'most common passwords'],
      [person.username, 'too much like the username'],
    ] as const) {
      const refused = await use(link, password);
      expect([refused.status, refused.text]).toEqual([400, expect.stringContaining(text)]);
    }
    expect((await use(link)).status).toBe(200);
  });

  test('rests nowhere but in the mail', async () => {
    const link = await linkFor();
    const token = new URL(link).searchParams.get('token') ?? '';
    const rows = await Promise.all([
      auth.db.mailedLink.findMany(),
      auth.db.outgoingMail.findMany(),
      auth.db.auditEvent.findMany(),
    ]);
    const text = JSON.stringify(rows, (_key, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    expect(text).not.toContain(token);
    expect(rows[0].length).toBeGreaterThan(0);
  });

  test('is told to nobody by its page, which may still send its form', async () => {
    const page = await openBrowser(auth).open(await linkFor());
    expect(page.headers.get('referrer-policy')).toBe('strict-origin');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.text).not.toMatch(/(href|src|action)="https?:/);
    expect(page.text).toContain('action="/reset-password"');
  });

  test.each(['', 'x', 'a'.repeat(43), 'a'.repeat(5_000), '%00', ['a', 'b']])(
    'that was never sent is a page that says so: %j',
    async (token) => {
      const query = [token].flat().map((one) => `token=${one}`);
      const page = await openBrowser(auth).open(`/reset-password?${query.join('&')}`);
      expect([page.status, page.text]).toEqual([400, expect.stringContaining('no longer works')]);
    },
  );

  test('leads to the issuer, whatever host the request named', async () => {
    const browser = openBrowser(auth);
    const page = await browser.open('/forgot-password');
    const evil = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
    const headers = { origin: ISSUER, 'sec-fetch-site': 'same-origin', ...evil };
    await browser.submit(page, { login: person.username }, headers);
    await queue.run();
    expect(mail.lastLink(person.mailbox)).toMatch(new RegExp(`^${ISSUER}/`));
    const received = mail.mails.findLast(({ recipients }) => recipients[0] === person.mailbox);
    expect(received?.raw).not.toContain('evil.example');
  });
});

describe('who has an account', () => {
  const bodyOf = ({ text }: Page) => text.replaceAll(/value="[\w-]{43}"/g, '');

  test('cannot be learned from the answer', async () => {
    await giveEmail(auth, person.username, person.mailbox);
    const unverified = { username: `${person.username}-b`, password: PASSWORD };
    const email = `${person.username}-b@example.com`;
    await auth.request('POST /register', { json: { ...unverified, email } });
    const logins = [
      person.username,
      person.mailbox,
      unverified.username,
      email,
      'nobody',
      'nobody@example.com',
      'admin',
      "x' OR 1=1 --",
    ];
    const before = mail.mails.length;
    const answers = [];
    for (const login of logins) answers.push(await ask(login));
    const [first, ...others] = answers.map((page) => [page.status, bodyOf(page)]);
    for (const answer of others) expect(answer).toEqual(first);
    await queue.run();
    const reached = mail.mails.slice(before).filter(({ subject }) => subject?.includes('Choose'));
    expect(reached.map(({ recipients }) => recipients[0])).toEqual([
      person.mailbox,
      person.mailbox,
    ]);
  });

  test('cannot be learned from its time: nobody is looked up before the answer', async () => {
    const count = 60;
    const times = { known: [] as number[], unknown: [] as number[] };
    const browser = openBrowser(auth);
    const page = await browser.open('/forgot-password');
    for (let round = 0; round < count; round++) {
      for (const [kind, login] of [
        ['known', person.username],
        ['unknown', `nobody-${round}`],
      ] as const) {
        const startedAt = performance.now();
        await browser.submit(page, { login });
        times[kind].push(performance.now() - startedAt);
      }
    }
    const median = (all: number[]) => all.sort((a, b) => a - b)[Math.floor(count / 2)] ?? 0;
    const ratio = median(times.known) / median(times.unknown);
    expect(ratio).toBeGreaterThan(0.7);
    expect(ratio).toBeLessThan(1.4);
    await auth.db.outgoingMail.deleteMany();
  });
});

describe('what is asked for too often', () => {
  test('is refused by address, before anything is written', async () => {
    const strict = await startAuthService({ env: { MAIL_REQUESTS_PER_ADDRESS: '3' } });
    try {
      const browser = openBrowser(strict);
      const page = await browser.open('/forgot-password');
      const statuses = [];
      for (let n = 0; n < 5; n++)
        statuses.push((await browser.submit(page, { login: 'x' })).status);
      expect(statuses).toEqual([200, 200, 200, 429, 429]);
      expect(await strict.db.outgoingMail.count()).toBe(3);
    } finally {
      await strict.stop();
    }
  });

  test('never keeps a person from using a good link', async () => {
    const strict = await startAuthService({ env: { MAIL_REQUESTS_PER_ADDRESS: '2' } });
    const theirs = openQueue(strict, { url: mail.url });
    try {
      const { id: userId } = await giveEmail(strict, 'agent', 'agent-of-links@example.com');
      const language = 'en';
      const at = Date.now();
      await strict.store.outgoingMails.add(
        { kind: 'reset_password', login: 'agent', language },
        at,
      );
      await theirs.run();
      const reset = new URL(mail.lastLink('agent-of-links@example.com'));
      await strict.db.user.update({ where: { id: userId }, data: { verifiedEmail: null } });
      await strict.store.outgoingMails.add({ kind: 'verify_email', userId, language }, at);
      await theirs.run();
      const confirm = new URL(mail.lastLink('agent-of-links@example.com'));
      const browser = openBrowser(strict);
      const pageOf = async ({ pathname, search }: URL) => browser.open(`${pathname}${search}`);
      const page = await pageOf(confirm);
      const statuses = [];
      for (let n = 0; n < 4; n++) {
        statuses.push((await browser.submit(page, { token: 'a'.repeat(43) })).status);
      }
      expect(statuses).toEqual([400, 400, 429, 429]);
      const tokenOf = ({ searchParams }: URL) => searchParams.get('token') ?? '';
      expect((await browser.submit(page, { token: tokenOf(confirm) })).status).toBe(200);
      const form = await pageOf(reset);
      const fields = { token: tokenOf(reset), password: NEW_PASSWORD };
      expect((await browser.submit(form, fields)).status).toBe(200);
    } finally {
      await theirs.close();
      await strict.stop();
    }
  });

  test('leaves out mails to one account beyond a few, and says nothing of it', async () => {
    const strict = await startAuthService({ env: { MAILS_PER_ACCOUNT: '2' } });
    const theirs = openQueue(strict, { url: mail.url });
    try {
      await giveEmail(strict, 'agent', 'agent-of-limits@example.com');
      const browser = openBrowser(strict);
      const page = await browser.open('/forgot-password');
      for (let n = 0; n < 4; n++) {
        expect((await browser.submit(page, { login: 'agent' })).status).toBe(200);
      }
      await theirs.run();
      const got = mail.mails.filter(({ recipients: [to] }) => to === 'agent-of-limits@example.com');
      expect(got).toHaveLength(2);
      expect(await strict.db.outgoingMail.count()).toBe(0);
    } finally {
      await theirs.close();
      await strict.stop();
    }
  });

  test('what is too long, or missing, is shown on the page', async () => {
    for (const [login, text] of [
      ['', 'Fill in this field'],
      ['x'.repeat(257), 'too long'],
    ] as const) {
      const page = await ask(login);
      expect([page.status, page.text]).toEqual([400, expect.stringContaining(text)]);
    }
  });
});

test('a form of another site sets no password', async () => {
  const link = await linkFor();
  const browser = openBrowser(auth);
  const page = await browser.open(link);
  const token = new URL(link).searchParams.get('token') ?? '';
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
  const answer = await browser.submit(page, { token, password: NEW_PASSWORD }, foreign);
  expect(answer.status).toBe(403);
  expect(await statusOf(person.username, PASSWORD)).toBe(200);
});

test('all of it is in the audit record', async () => {
  const before = (await auditTypes(auth)).length;
  await use(await linkFor());
  const types = (await auditTypes(auth)).slice(before);
  expect(types).toEqual(['password_reset.requested', 'user.password_changed']);
  const [event] = await auth.db.auditEvent.findMany({ orderBy: { id: 'desc' }, take: 1 });
  expect(event).toMatchObject({
    actor: person.username,
    details: { by: 'mailed_link', sessionsEnded: 0 },
  });
});

test('a server that sends no mail offers none of it, and knows no such page', async () => {
  const silent = await startAuthService({ env: { ISSUER: 'https://login.example.com' } });
  try {
    const browser = openBrowser(silent);
    expect((await browser.get('/sign-in')).text).not.toContain('/forgot-password');
    expect((await browser.get('/sign-up')).text).not.toContain('name="email"');
    for (const path of ['/forgot-password', '/reset-password', '/email', '/verify-email']) {
      expect((await browser.get(path)).status).toBe(404);
    }
    const json = { username: 'new-person', password: PASSWORD, email: 'new@example.com' };
    expect(await silent.request('POST /register', { json })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'email' }] },
    });
  } finally {
    await silent.stop();
  }
});
