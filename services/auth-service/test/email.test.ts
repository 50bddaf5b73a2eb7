import { setTimeout } from 'node:timers/promises';
import { hashOf } from '@latchkey/service-kit/http/secrets';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AuthService, auditTypes, PASSWORD, startAuthService } from './harness.ts';
import {
  addHostedClients,
  answerOf,
  authorizeUrl,
  CALLBACK,
  newPkce,
  openBrowser,
} from './hosted-browser.ts';
import { giveEmail, openQueue, startMailServer } from './mail-server.ts';

let auth: AuthService;
let mail: Awaited<ReturnType<typeof startMailServer>>;
let queue: ReturnType<typeof openQueue>;

beforeAll(async () => {
  auth = await startAuthService({ env: { MAIL_REQUESTS_PER_ADDRESS: '100000' } });
  await addHostedClients(auth);
  mail = await startMailServer();
  queue = openQueue(auth, { url: mail.url });
});
afterAll(async () => {
  await queue.close();
  await mail.close();
  await auth.stop();
});

let number = 0;
let person: { username: string; address: string; token: string };
beforeEach(async () => {
  number += 1;
  const username = `person-${number}`;
  await auth.request('POST /register', { json: { username, password: PASSWORD } });
  const { body } = await auth.login(username);
  const address = `Person-${number}@Example.com`;
  person = { username, address, token: body.access_token };
});

const change = (email: unknown, currentPassword = PASSWORD, token = person.token) =>
  auth.request('PATCH /users/me', { token, json: { email, currentPassword } });
const me = async () => (await auth.request('GET /users/me', { token: person.token })).body;

async function confirm(address: string) {
  await queue.run();
  const link = mail.lastLink(address);
  const browser = openBrowser(auth);
  const page = await browser.open(link);
  return browser.submit(page, { token: new URL(link).searchParams.get('token') ?? '' });
}

describe('an email address', () => {
  test('counts once the link that was mailed there was used', async () => {
    const changed = await change(person.address);
    expect(changed).toMatchObject({
      status: 200,
      body: { email: person.address, emailVerified: false },
    });
    const done = await confirm(person.address);
    expect([done.status, done.text]).toEqual([200, expect.stringContaining('is confirmed')]);
    expect(await me()).toMatchObject({ email: person.address, emailVerified: true });
    expect(await auditTypes(auth, 'user.email')).toEqual([
      'user.email_changed',
      'user.email_verified',
    ]);
  });

  test('may have any characters that addresses have', async () => {
    const address = `A_b+${number}'s@Example.com`;
    expect((await change(address)).status).toBe(200);
    expect((await confirm(address)).status).toBe(200);
    expect(await me()).toMatchObject({ email: address, emailVerified: true });
  });

  test.each([
    ['en', 'If this is not your account, close this page.'],
    ['zh-CN', '如果这不是您的账号，请关闭此页面。'],
  ])('is shown with its account before it is confirmed: %s', async (language, text) => {
    await change(person.address);
    await queue.run();
    const link = mail.lastLink(person.address);
    const page = await openBrowser(auth).send(new URL(link).pathname + new URL(link).search, {
      headers: { 'accept-language': language },
    });
    expect(page.status).toBe(200);
    for (const shown of [person.username, person.address.toLowerCase(), text]) {
      expect(page.text).toContain(shown);
    }
  });

  test('is not confirmed by a program that opens links', async () => {
    await change(person.address);
    await queue.run();
    const link = mail.lastLink(person.address);
    for (let n = 0; n < 3; n++) expect((await openBrowser(auth).open(link)).status).toBe(200);
    expect(await me()).toMatchObject({ emailVerified: false });
  });

  test('can be given at sign-up, by request and on the page', async () => {
    const json = { username: 'with-address', password: PASSWORD, email: 'with@example.com' };
    const { status, body } = await auth.request('POST /register', { json });
    expect([status, body.email, body.emailVerified]).toEqual([201, 'with@example.com', false]);
    await confirm('with@example.com');
    const browser = openBrowser(auth);
    const page = await browser.open('/sign-up');
    const fields = { username: 'by-page', password: PASSWORD, email: 'not an address' };
    const refused = await browser.submit(page, fields);
    expect([refused.status, refused.text]).toEqual([
      400,
      expect.stringContaining('Use an email address.'),
    ]);
    await browser.submit(page, { ...fields, email: 'by-page@example.com' });
    await queue.run();
    expect(mail.lastLink('by-page@example.com')).toContain('/verify-email?token=');
    const rows = await auth.db.user.findMany({
      where: { username: { in: ['with-address', 'by-page'] } },
      orderBy: { username: 'asc' },
      select: { email: true, verifiedEmail: true },
    });
    expect(rows).toEqual([
      { email: 'by-page@example.com', verifiedEmail: null },
      { email: 'with@example.com', verifiedEmail: 'with@example.com' },
    ]);
  });

  test('can be left out at sign-up', async () => {
    const browser = openBrowser(auth);
    const page = await browser.open('/sign-up');
    await browser.submit(page, { username: 'without', password: PASSWORD, email: '' });
    expect(await auth.db.user.findUnique({ where: { username: 'without' } })).toMatchObject({
      email: null,
    });
  });

  test('may be written by many, and be that of one', async () => {
    const first = person;
    await change('shared@example.com');
    const other = await auth.login('agent');
    const written = await change('Shared@Example.com', PASSWORD, other.body.access_token);
    expect(written.status).toBe(200);
    await queue.run();
    const links = mail.mails
      .filter(({ recipients: [to] }) => to?.toLowerCase() === 'shared@example.com')
      .map(({ text }) => /https?:\S+token=([\w-]+)/.exec(text ?? '')?.[1] ?? '');
    expect(links).toHaveLength(2);
    const answers = [];
    for (const token of links) {
      const browser = openBrowser(auth);
      const page = await browser.open(`/verify-email?token=${token}`);
      answers.push(await browser.submit(page, { token }));
    }
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.text).toContain('Another account has');
    const verified = await auth.db.user.count({ where: { verifiedEmail: 'shared@example.com' } });
    expect(verified).toBe(1);
    expect(first.username).toBe(person.username);
  });

  test('stays the verified one until another is; the old one is told', async () => {
    await giveEmail(auth, person.username, person.address);
    const next = `next-${number}@example.com`;
    await change(next);
    await queue.run();
    const notice = mail.mails.findLast(
      ({ recipients: [to] }) => to === person.address.toLowerCase(),
    );
    expect(notice?.subject).toBe('Your email address was changed · Latchkey');
    const browser = openBrowser(auth);
    const before = mail.mails.length;
    await browser.submit(await browser.open('/forgot-password'), { login: person.username });
    await queue.run();
    expect(mail.mails.slice(before).map(({ recipients: [to] }) => to)).toEqual([
      person.address.toLowerCase(),
    ]);
    const link = mail.lastLink(person.address);
    await confirm(next);
    expect(await me()).toMatchObject({ email: next, emailVerified: true });
    // Whoever reads the old mailbox has nothing there that opens the account.
    const stale = openBrowser(auth);
    expect((await stale.open(link)).status).toBe(400);
    const form = await stale.open('/forgot-password');
    const forged = { ...form, text: form.text.replace('/forgot-password"', '/reset-password"') };
    const token = new URL(link).searchParams.get('token') ?? '';
    const used = await stale.submit(forged, { token, password: 'eleven-swans-on-a-lake' });
    expect([used.status, used.text]).toEqual([400, expect.stringContaining('no longer works')]);
    expect((await auth.login(person.username)).status).toBe(200);
  });

  test.each([null, 'other@example.com'])(
    'that is %j by the time a link to it is used opens nothing',
    async (verifiedEmail) => {
      const { id } = await giveEmail(auth, person.username, person.address);
      const hash = hashOf(`link-${number}`);
      const expiresAt = new Date(Date.now() + 60_000);
      const email = person.address.toLowerCase();
      const link = { hash, purpose: 'reset_password' as const, userId: id, email, expiresAt };
      await auth.store.mailedLinks.add(link);
      // The change is under way when the link is used, which waits for it.
      let used: Promise<boolean> | undefined;
      await auth.db.$transaction(async (tx) => {
        await tx.user.update({ where: { id }, data: { verifiedEmail } });
        used = auth.store.mailedLinks.use(hash, 'reset_password', new Date());
        await setTimeout(200);
      });
      expect(await used).toBe(false);
    },
  );

  test('can be removed, and links to it with it', async () => {
    await change(person.address);
    await queue.run();
    const link = mail.lastLink(person.address);
    expect(await change(null)).toMatchObject({ body: { email: null, emailVerified: false } });
    expect((await openBrowser(auth).open(link)).status).toBe(400);
  });

  test('is changed with the password only', async () => {
    expect(await change(person.address, 'wrong-password')).toMatchObject({
      status: 403,
      body: { code: 'wrong_password' },
    });
    expect(await me()).toMatchObject({ email: null });
    expect((await auth.request('PATCH /users/me', { json: {} })).status).toBe(401);
    const { body } = await auth.login(person.username, { scope: 'account:read' });
    expect((await change(person.address, PASSWORD, body.access_token)).status).toBe(403);
  });

  test.each([
    'no-address',
    'a@b',
    'a@example.com\r\nBcc: b@example.com',
    'a@example.com, b@example.com',
    '"a b"@example.com',
    'A <a@example.com>',
    'ä@example.com',
    `${'a'.repeat(250)}@example.com`,
    5,
    undefined,
  ])('is an address and nothing else: %j', async (email) => {
    const answer = await change(email);
    expect(answer.status).toBe(400);
    expect(await me()).toMatchObject({ email: null });
  });

  test('is mailed a few times an hour', async () => {
    const statuses = [];
    for (let n = 0; n < 7; n++) {
      statuses.push((await change(`n${n}-${number}@example.com`)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
  });

  test('is mailed by its owner however many resets strangers asked for', async () => {
    await giveEmail(auth, person.username, person.address);
    const { login, language } = { login: person.username, language: 'en' };
    for (let n = 0; n < 8; n++) {
      await auth.store.outgoingMails.add({ kind: 'reset_password', login, language }, Date.now());
    }
    await queue.run();
    const to = person.address.toLowerCase();
    expect(mail.mails.filter(({ recipients }) => recipients[0] === to)).toHaveLength(5);
    expect((await change(`mine-${number}@example.com`)).status).toBe(200);
    // And the other way round: what the person changes uses up no reset.
    const other = { username: `other-${number}`, password: PASSWORD };
    await auth.request('POST /register', { json: other });
    const { body } = await auth.login(other.username);
    for (let n = 0; n < 5; n++) {
      await change(`o${n}-${number}@example.com`, PASSWORD, body.access_token);
    }
    await giveEmail(auth, other.username, `o-${number}@example.com`);
    await auth.store.outgoingMails.add(
      { kind: 'reset_password', login: other.username, language },
      Date.now(),
    );
    await queue.run();
    expect(mail.lastLink(`o-${number}@example.com`)).toContain('/reset-password?token=');
  });

  test('is sent a few links an hour, whichever accounts it was given for', async () => {
    const victim = `victim-${number}@example.com`;
    for (let n = 0; n < 7; n++) {
      const json = { username: `flood-${number}-${n}`, password: PASSWORD };
      const email = n % 2 ? victim : victim.toUpperCase();
      expect((await auth.request('POST /register', { json: { ...json, email } })).status).toBe(201);
    }
    await queue.run();
    const got = mail.mails.filter(({ recipients: [to] }) => to?.toLowerCase() === victim);
    expect(got).toHaveLength(5);
    expect(await auth.db.outgoingMail.count()).toBe(0);
  });

  test('is gone with the account, and may then be of another', async () => {
    await giveEmail(auth, person.username, person.address);
    await change(`pending-${number}@example.com`);
    const json = { currentPassword: PASSWORD };
    const gone = await auth.request('DELETE /users/me', { token: person.token, json });
    expect(gone.status).toBe(204);
    const row = await auth.db.user.findUniqueOrThrow({ where: { username: person.username } });
    expect(row).toMatchObject({ email: null, verifiedEmail: null });
    expect(await auth.db.outgoingMail.count({ where: { userId: row.id } })).toBe(0);
    expect(await auth.db.mailedLink.count({ where: { userId: row.id } })).toBe(0);
  });
});

describe('on its page', () => {
  test('it is shown, changed and confirmed', async () => {
    const browser = openBrowser(auth);
    await browser.signIn(await browser.open('/sign-in'), person.username);
    const page = await browser.open('/email');
    expect(page.text).toContain('You have none yet');
    const wrong = await browser.submit(page, { email: person.address, password: 'wrong-one' });
    expect([wrong.status, wrong.text]).toEqual([403, expect.stringContaining('Wrong password.')]);
    const saved = await browser.submit(page, { email: person.address, password: PASSWORD });
    expect(saved.location).toBe('/email');
    expect((await browser.open('/email')).text).toContain('not confirmed yet');
    await confirm(person.address);
    expect((await browser.open('/email')).text).toContain(`${person.address}, confirmed.`);
  });

  test('it is for those who are signed in, and so are the apps: both bring them back', async () => {
    for (const [path, query] of [
      ['/email', 'then=email'],
      ['/apps', 'then=apps'],
    ]) {
      const browser = openBrowser(auth);
      const { status, location } = await browser.get(path ?? '');
      expect([status, location]).toEqual([303, `/sign-in?${query}`]);
      const signIn = await browser.open(location ?? '');
      const done = await browser.submit(signIn, { username: person.username, password: PASSWORD });
      expect(done.location).toBe(path);
    }
  });
});

describe('the scope email', () => {
  async function identify(scope: string) {
    const { verifier, challenge } = newPkce();
    const browser = openBrowser(auth);
    const page = await browser.open(authorizeUrl({ scope, code_challenge: challenge }));
    const { code = '' } = answerOf(await browser.signIn(page, person.username));
    const { body } = await auth.request('POST /token', {
      form: {
        grant_type: 'authorization_code',
        client_id: 'our-app',
        code,
        code_verifier: verifier,
        redirect_uri: CALLBACK,
      },
    });
    const info = await auth.request('GET /userinfo', { token: body.access_token });
    const { email, email_verified } = decodeJwt(body.id_token);
    return { idToken: { email, email_verified }, info: info.body };
  }

  test('says the address, and whether it is verified', async () => {
    await giveEmail(auth, person.username, person.address);
    const claims = { email: person.address, email_verified: true };
    const { idToken, info } = await identify('openid email todo:read');
    expect(idToken).toEqual(claims);
    expect(info).toEqual({
      sub: person.username,
      preferred_username: person.username,
      ...claims,
    });
    await change(`other-${number}@example.com`);
    expect((await identify('openid email')).idToken).toEqual({
      email: `other-${number}@example.com`,
      email_verified: false,
    });
  });

  test('without it nothing is said, nor of a person without an address', async () => {
    const nothing = { email: undefined, email_verified: undefined };
    expect((await identify('openid email')).idToken).toEqual(nothing);
    await giveEmail(auth, person.username, person.address);
    const { idToken, info } = await identify('openid todo:read');
    expect([idToken, info]).toEqual([
      nothing,
      { sub: person.username, preferred_username: person.username },
    ]);
  });
});

test('on an https issuer without a mail server an address can be removed, not set', async () => {
  const silent = await startAuthService({ env: { ISSUER: 'https://login.example.com' } });
  try {
    const { body } = await silent.login('wangerge');
    const set = (email: string | null) =>
      silent.request('PATCH /users/me', {
        token: body.access_token,
        json: { email, currentPassword: PASSWORD },
      });
    expect(await set('a@example.com')).toMatchObject({ status: 409, body: { code: 'no_mail' } });
    expect((await set(null)).status).toBe(200);
  } finally {
    await silent.stop();
  }
});
