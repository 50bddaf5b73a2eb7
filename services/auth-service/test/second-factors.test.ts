import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type AuthService,
  auditTypes,
  PASSWORD,
  startAuthService,
  startInstance,
  testClock,
} from './harness.ts';
import { addHostedClients, answerOf, authorizeUrl, openBrowser } from './hosted-browser.ts';
import { appFor, personWithApp, submitTo, withPassword } from './second-factor.ts';

const clock = testClock();
let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService({ now: clock.now });
  await addHostedClients(auth);
});
afterAll(() => auth.stop());
// No code is of a time step that was used before.
beforeEach(() => clock.forwardSeconds(90));

let people = 0;
const newPerson = () => personWithApp(auth, clock.now, `person.${++people}`);
const givePage = (browser: ReturnType<typeof openBrowser>, path = '/sign-in/second-factor') =>
  browser.open(path);
const isSignedIn = async (browser: ReturnType<typeof openBrowser>) =>
  (await browser.open('/sign-in')).text.includes('You are signed in');

describe('an authenticator app', () => {
  test('is added by a first code; the secret rests sealed, and the codes are shown once', async () => {
    const { username, shown, recoveryCodes, app, browser } = await newPerson();
    expect(shown.status).toBe(200);
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(recoveryCodes.every((code) => /^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/.test(code))).toBe(true);
    const page = await browser.open('/security');
    expect(page.text).toContain('10 of 10 left');
    for (const code of recoveryCodes) expect(page.text).not.toContain(code);
    const user = await auth.db.user.findUniqueOrThrow({ where: { username } });
    const row = await auth.db.totp.findUniqueOrThrow({ where: { userId: user.id } });
    expect(row.sealedSecret).toHaveLength(12 + 16 + 20);
    expect(app.codeAt(clock.now())).toMatch(/^\d{6}$/);
    expect(await auditTypes(auth, 'factor.')).toEqual(['factor.added']);
  });

  test('is not added by a wrong code; the same secret is shown once more', async () => {
    const browser = openBrowser(auth);
    await withPassword(browser, 'agent');
    const page = await browser.open('/security/authenticator');
    const app = appFor(page);
    const again = await submitTo(browser, page, '/security/authenticator', { code: '000 000' });
    expect([again.status, again.text.includes('This code is wrong')]).toEqual([401, true]);
    expect(appFor(again).codeAt(0)).toBe(app.codeAt(0));
    expect(again.text).toMatch(/<svg[^>]*>/);
    const empty = await submitTo(browser, page, '/security/authenticator', { code: '' });
    expect(empty.status).toBe(400);
    clock.forwardSeconds(1_801);
    const late = await submitTo(browser, page, '/security/authenticator', {
      code: app.codeAt(clock.now()),
    });
    expect(late.location).toBe('/sign-in?then=security');
  });

  test("takes no secret of another person's page", async () => {
    const [one, two] = [openBrowser(auth), openBrowser(auth)];
    await withPassword(one, 'wangerge');
    await withPassword(two, 'agent');
    const page = await one.open('/security/authenticator');
    const [, enrollment = ''] = /name="enrollment" value="([^"]*)"/.exec(page.text) ?? [];
    const own = await two.open('/security/authenticator');
    const answer = await submitTo(two, own, '/security/authenticator', {
      enrollment,
      code: appFor(page).codeAt(clock.now()),
    });
    expect([answer.status, answer.text.includes('open for too long')]).toEqual([400, true]);
  });
});

describe('a sign-in with a second factor', () => {
  test('nothing is signed in before the code; then the client gets amr', async () => {
    const { username, app } = await newPerson();
    clock.forwardSeconds(60);
    const browser = openBrowser(auth);
    const page = await withPassword(browser, username, authorizeUrl());
    expect(page.text).toContain('Confirm that it is you');
    expect([...browser.cookies.keys()]).toEqual(['latchkey-browser']);
    expect(await isSignedIn(browser)).toBe(false);
    const code = app.codeAt(clock.now());
    const answer = await submitTo(browser, page, '/sign-in/second-factor', {
      code: `${code.slice(0, 3)} ${code.slice(3)}`,
    });
    expect(answerOf(answer)).toMatchObject({ state: 'the-state' });
    const row = await auth.db.authorizationCode.findFirstOrThrow({
      orderBy: { expiresAt: 'desc' },
    });
    expect(row.amr).toEqual(['pwd', 'otp', 'mfa']);
    expect(await isSignedIn(browser)).toBe(true);
  });

  test('a code works once, in any browser and at any instance', async () => {
    const { username, app } = await newPerson();
    clock.forwardSeconds(60);
    const other = await startInstance(auth.scratch.url, { now: clock.now });
    const browsers = [openBrowser(auth), openBrowser(other), openBrowser(other)];
    const pages = await Promise.all(browsers.map((one) => withPassword(one, username)));
    const code = app.codeAt(clock.now());
    const answers = await Promise.all(
      browsers.map((one, at) =>
        submitTo(one, pages[at] as never, '/sign-in/second-factor', { code }),
      ),
    );
    await other.stop();
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 401, 401]);
    // Nor does one of an earlier step, which is still within the window.
    const late = openBrowser(auth);
    const before = app.codeAt(clock.now() - 30_000);
    const page = await withPassword(late, username);
    const refused = await submitTo(late, page, '/sign-in/second-factor', { code: before });
    expect(refused.status).toBe(401);
    expect(refused.text).toContain('was used already');
  });

  test('belongs to this browser and this request, ends with its use and after ten minutes', async () => {
    const { username, app } = await newPerson();
    clock.forwardSeconds(60);
    const browser = openBrowser(auth);
    const page = await withPassword(browser, username, authorizeUrl({ state: 'one' }));
    const code = app.codeAt(clock.now());
    const other = openBrowser(auth);
    await other.open('/sign-in');
    const stolen = await submitTo(other, page, '/sign-in/second-factor', { code });
    expect(stolen.status).toBe(403);
    expect((await givePage(browser)).text).toContain('<h1>Sign in</h1>');
    clock.forwardSeconds(601);
    const late = await submitTo(browser, page, '/sign-in/second-factor', {
      code: app.codeAt(clock.now()),
    });
    expect([late.status, late.text.includes('That took too long')]).toEqual([403, true]);
    expect(await isSignedIn(browser)).toBe(false);

    const again = await withPassword(browser, username);
    const good = { code: app.codeAt(clock.now()) };
    expect((await submitTo(browser, again, '/sign-in/second-factor', good)).location).toBe(
      '/sign-in',
    );
    const back = await submitTo(browser, again, '/sign-in/second-factor', good);
    expect([back.status, back.text.includes('Sign in again')]).toEqual([403, true]);
    expect((await givePage(browser)).text).toContain('You are signed in');
  });

  test('ends after five tries, and all tries count with the passwords', async () => {
    const { username, app } = await newPerson();
    clock.forwardSeconds(60);
    const browser = openBrowser(auth);
    const page = await withPassword(browser, username);
    const statuses = [];
    for (let round = 0; round < 5; round += 1) {
      const answer = await submitTo(browser, page, '/sign-in/second-factor', { code: '000000' });
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401]);
    const code = app.codeAt(clock.now());
    const over = await submitTo(browser, page, '/sign-in/second-factor', { code });
    expect(over.status).toBe(403);
    // A right password forgives none of them: the next tries have to wait.
    const next = await withPassword(browser, username);
    const more = [next.status];
    for (let round = 0; round < 3; round += 1) {
      const answer = await submitTo(browser, page, '/sign-in/second-factor', { code: '000000' });
      more.push(answer.status);
    }
    expect(more).toContain(429);
    expect(await auditTypes(auth, 'factor.failed')).not.toHaveLength(0);
  });

  test('a wrong password answers as ever, and shows no second page', async () => {
    const { username } = await newPerson();
    const answers = [];
    for (const name of [username, 'nobody-at-all']) {
      const browser = openBrowser(auth);
      const page = await browser.open('/sign-in');
      const answer = await browser.submit(page, { username: name, password: 'not this one' });
      answers.push([
        answer.status,
        answer.text.replace(name, '').replaceAll(/name="form_token" value="[^"]*"/g, ''),
      ]);
    }
    expect(answers[0]).toEqual(answers[1]);
  });

  test('a password change, and being signed out everywhere, end it', async () => {
    const { username, app } = await newPerson();
    clock.forwardSeconds(60);
    const browser = openBrowser(auth);
    const page = await withPassword(browser, username);
    const token = await auth.adminToken();
    const { id } = await auth.db.user.findUniqueOrThrow({ where: { username } });
    await auth.request(`DELETE /admin/users/${id}/sessions`, { token });
    const code = app.codeAt(clock.now());
    expect((await submitTo(browser, page, '/sign-in/second-factor', { code })).status).toBe(403);
  });
});

describe('recovery codes', () => {
  test('each works once, and the record says how many are left', async () => {
    const { username, recoveryCodes } = await newPerson();
    const [first = '', second = ''] = recoveryCodes;
    const use = async (code: string) => {
      const browser = openBrowser(auth);
      const page = await withPassword(browser, username);
      const asked = page.text.slice(page.text.indexOf('<details'));
      const answer = await submitTo(browser, { ...page, text: asked }, '/sign-in/second-factor', {
        recovery_code: code,
      });
      return { answer, browser };
    };
    const { answer, browser } = await use(` ${first.toUpperCase().replaceAll('-', ' ')} `);
    expect(answer.location).toBe('/sign-in');
    expect(await isSignedIn(browser)).toBe(true);
    const replay = (await use(first)).answer;
    expect([replay.status, replay.text.includes('<details class="other" open>')]).toEqual([
      401,
      true,
    ]);
    expect((await use(second)).answer.status).toBe(303);
    const used = await auth.db.auditEvent.findMany({
      where: { type: 'recovery_code.used', subject: username },
      orderBy: { id: 'asc' },
    });
    expect(used.map(({ details }) => (details as { left: number }).left)).toEqual([9, 8]);
    expect(JSON.stringify(used.map(({ details }) => details))).not.toContain(first);
  });

  test('new ones take the place of the old, after a fresh sign-in', async () => {
    const { username, browser, app, recoveryCodes } = await newPerson();
    clock.forwardSeconds(301);
    const page = await browser.open('/security');
    const led = await submitTo(browser, page, '/security/recovery-codes');
    expect(led.location).toBe('/sign-in?then=security');
    const asked = await withPassword(browser, username, led.location);
    const code = app.codeAt(clock.now());
    const back = await submitTo(browser, asked, '/sign-in/second-factor', { code });
    expect(back.location).toBe('/security');
    const shown = await submitTo(
      browser,
      await browser.open('/security'),
      '/security/recovery-codes',
    );
    const [, list = ''] = /<pre class="codes"[^>]*>([^<]*)</.exec(shown.text) ?? [];
    expect(list.split('\n')).toHaveLength(10);
    expect(list).not.toContain(recoveryCodes[0]);
    const other = openBrowser(auth);
    const text = (await withPassword(other, username)).text;
    const old = { status: 200, headers: new Headers(), location: undefined, text };
    const details = { ...old, text: text.slice(text.indexOf('<details')) };
    const refused = await submitTo(other, details, '/sign-in/second-factor', {
      recovery_code: recoveryCodes[1] as string,
    });
    expect(refused.status).toBe(401);
  });
});

describe('removing the app', () => {
  test('needs a fresh sign-in; afterwards the password is enough, and no code is left', async () => {
    const { username, browser, app } = await newPerson();
    clock.forwardSeconds(301);
    const stale = await submitTo(
      browser,
      await browser.open('/security'),
      '/security/authenticator/remove',
    );
    expect(stale.location).toBe('/sign-in?then=security');
    const asked = await withPassword(browser, username, stale.location);
    await submitTo(browser, asked, '/sign-in/second-factor', { code: app.codeAt(clock.now()) });
    await submitTo(browser, await browser.open('/security'), '/security/authenticator/remove');
    const { id: userId } = await auth.db.user.findUniqueOrThrow({ where: { username } });
    expect(await auth.db.recoveryCode.count({ where: { userId } })).toBe(0);
    expect((await auth.login(username)).status).toBe(200);
  });
});

describe('the password grant', () => {
  test('of a person with a factor is refused, after the password was right only', async () => {
    const { username } = await newPerson();
    const right = await auth.login(username);
    expect([right.status, right.body.error, right.body.detail]).toEqual([
      400,
      'invalid_grant',
      'This account has a second factor: sign in in the browser.',
    ]);
    const wrong = await auth.login(username, { password: 'not this one' });
    const nobody = await auth.login('nobody-at-all', { password: 'not this one' });
    expect([wrong.status, wrong.body]).toEqual([nobody.status, nobody.body]);
    const refused = await auth.db.auditEvent.findFirst({
      where: { type: 'login.failed', subject: username },
      orderBy: { id: 'asc' },
    });
    expect(refused?.details).toEqual({ reason: 'second_factor' });
  });
});

describe('a client that needs a second factor', () => {
  const stepUp = () => authorizeUrl({ acr_values: 'aal2' });

  test('of a person who is signed in without: sets one up, and goes on', async () => {
    const json = { username: 'step.up', password: PASSWORD };
    await auth.request('POST /register', { json });
    const browser = openBrowser(auth);
    await withPassword(browser, 'step.up');
    const asked = await browser.open(stepUp());
    expect(asked.text).toContain('Our app needs a second proof');
    const [, href = ''] =
      /class="button quiet" href="([^"]*authenticator[^"]*)"/.exec(asked.text) ?? [];
    const page = await browser.open(href.replaceAll('&amp;', '&'));
    const shown = await submitTo(browser, page, '/security/authenticator', {
      code: appFor(page).codeAt(clock.now()),
    });
    const [, next = ''] = /class="button" href="([^"]*)"/.exec(shown.text) ?? [];
    const answer = await browser.open(next.replaceAll('&amp;', '&'));
    expect(answerOf(answer)).toMatchObject({ state: 'the-state' });
    const login = await auth.db.browserLogin.findFirstOrThrow({
      where: { user: { username: 'step.up' }, endedAt: null },
    });
    expect(login.amr).toEqual(['pwd', 'otp', 'mfa']);
  });

  test('of a person who has one: asks for it; the sign-in stays as old as it is', async () => {
    const { username, browser, app } = await newPerson();
    const { id: userId } = await auth.db.user.findUniqueOrThrow({ where: { username } });
    await auth.db.browserLogin.updateMany({ where: { userId }, data: { amr: ['pwd'] } });
    const before = await auth.db.browserLogin.findFirstOrThrow({ where: { userId } });
    clock.forwardSeconds(3_600);
    const asked = await browser.open(stepUp());
    const cookie = browser.cookies.get('latchkey');
    const code = app.codeAt(clock.now());
    const answer = await submitTo(browser, asked, '/sign-in/second-factor', { code });
    expect(answerOf(answer)).toMatchObject({ state: 'the-state' });
    const after = await auth.db.browserLogin.findUniqueOrThrow({ where: { id: before.id } });
    expect(after.amr).toEqual(['pwd', 'otp', 'mfa']);
    expect(after.authTime).toEqual(before.authTime);
    expect(browser.cookies.get('latchkey')).not.toBe(cookie);
  });
});

test('a page is gone on to by its name alone, and to no address', async () => {
  const browser = openBrowser(auth);
  for (const then of ['//evil.example', 'https://evil.example', '__proto__', '/security', '']) {
    const page = await browser.open(`/sign-in?then=${encodeURIComponent(then)}`);
    const answer = await browser.submit(page, { username: 'wangerge', password: PASSWORD });
    expect(answer.location).toBe('/sign-in');
    browser.cookies.delete('latchkey');
  }
});

test('a deleted account leaves no factor behind', async () => {
  const { username } = await newPerson();
  const { id } = await auth.db.user.findUniqueOrThrow({ where: { username } });
  const token = await auth.adminToken();
  expect((await auth.request(`DELETE /admin/users/${id}`, { token })).status).toBe(204);
  const where = { where: { userId: id } };
  expect([await auth.db.totp.count(where), await auth.db.recoveryCode.count(where)]).toEqual([
    0, 0,
  ]);
});
