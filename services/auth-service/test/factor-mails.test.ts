import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, PASSWORD, startAuthService, testClock } from './harness.ts';
import { addHostedClients, openBrowser, type Page } from './hosted-browser.ts';
import { giveEmail, openQueue, startMailServer } from './mail-server.ts';
import { appFor, personWithApp, submitTo } from './second-factor.ts';

const clock = testClock();
let auth: AuthService;
let mail: Awaited<ReturnType<typeof startMailServer>>;
let queue: ReturnType<typeof openQueue>;
beforeAll(async () => {
  auth = await startAuthService({ now: clock.now });
  await addHostedClients(auth);
  mail = await startMailServer();
  queue = openQueue(auth, { url: mail.url, now: clock.now });
});
afterAll(async () => {
  await queue.close();
  await mail.close();
  await auth.stop();
});

const enrollmentIn = ({ text }: Page) => /name="enrollment" value="([^"]*)"/.exec(text)?.[1] ?? '';

test('a person is told by mail of a factor that was added, removed or reset', async () => {
  const address = 'factors@example.com';
  const { username, browser } = await personWithApp(auth, clock.now, 'mailed.person');
  await giveEmail(auth, username, address);
  const { id } = await auth.db.user.findUniqueOrThrow({ where: { username } });
  await queue.run();
  const subjects = async () => {
    await queue.run();
    return mail.mails
      .splice(0)
      .filter(({ recipients }) => recipients.includes(address))
      .map(({ subject, text }) => [subject, text?.includes('/forgot-password')]);
  };
  expect(await subjects()).toEqual([[expect.stringContaining('A second factor was added'), true]]);

  const page = await browser.open('/security');
  await submitTo(browser, page, '/security/authenticator/remove');
  expect(await subjects()).toEqual([
    [expect.stringContaining('A second factor was removed'), true],
  ]);

  clock.forwardSeconds(60);
  const shown = await browser.open('/security/authenticator');
  const code = appFor(shown).codeAt(clock.now());
  const inChinese = { 'accept-language': 'zh', origin: 'http://localhost:8080' };
  const added = await browser.submit(shown, { enrollment: enrollmentIn(shown), code }, inChinese);
  expect(added.status).toBe(200);
  expect(await subjects()).toEqual([[expect.stringContaining('已添加第二验证方式'), true]]);

  const token = await auth.adminToken();
  await auth.request(`DELETE /admin/users/${id}/factors`, { token });
  expect(await subjects()).toEqual([
    [expect.stringContaining('Your second factors were reset'), true],
  ]);
  await auth.request(`DELETE /admin/users/${id}/factors`, { token });
  expect(await subjects()).toEqual([]);
});

test('a server without mail queues none', async () => {
  const origin = 'https://login.example';
  const plain = await startAuthService({ env: { ISSUER: origin }, now: clock.now });
  const browser = openBrowser(plain);
  const signIn = await browser.open('/sign-in');
  await browser.submit(signIn, { username: 'wangerge', password: PASSWORD }, { origin });
  const shown = await browser.open('/security/authenticator');
  const code = appFor(shown).codeAt(clock.now());
  const fields = { enrollment: enrollmentIn(shown), code };
  expect((await browser.submit(shown, fields, { origin })).status).toBe(200);
  expect([await plain.db.totp.count(), await plain.db.outgoingMail.count()]).toEqual([1, 0]);
  await plain.stop();
});
