import { join } from 'node:path';
import { ownServiceJson } from '@latchkey/service-kit/joining/service-json';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registerBody } from '../src/accounts/account-schemas.ts';
import { parseConfig } from '../src/config.ts';
import { USERNAME_KINDS } from '../src/names/username-rules.ts';
import { TRANSLATIONS } from '../src/pages/language.ts';
import { type AuthService, auditTypes, PASSWORD, startAuthService } from './harness.ts';
import { addHostedClients, answerOf, authorizeUrl, openBrowser } from './hosted-browser.ts';

let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService({ env: { BRAND_NAME: 'Larch & Co', BRAND_ACCENT: '#5a3d7a' } });
  await addHostedClients(auth);
});
afterAll(() => auth.stop());

/** Every text of a translation by its path; of a function, what it says of `x`. */
function textsOf(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String(value('x'))]];
  return Object.entries(value as object).flatMap(([key, inner]) =>
    textsOf(inner, path === '' ? key : `${path}/${key}`),
  );
}

describe('translations', () => {
  const { en, ...others } = Object.fromEntries(
    Object.entries(TRANSLATIONS).map(([code, t]) => [code, Object.fromEntries(textsOf(t))]),
  );

  test.each(Object.entries(others))('%s has every text, and its own', (_code, texts) => {
    expect(Object.keys(texts).sort()).toEqual(Object.keys(en ?? {}).sort());
    const same = Object.keys(texts).filter((key) => !texts[key] || texts[key] === en?.[key]);
    expect(same).toEqual([]);
  });

  test('every scope of this service is translated', () => {
    const { scopes } = ownServiceJson(join(import.meta.dirname, '../src'));
    const own = [...Object.keys(scopes), 'offline_access'];
    expect(Object.keys(TRANSLATIONS.en?.scopes ?? {}).sort()).toEqual(own.sort());
  });

  test('every rule of the sign-up page is translated', () => {
    const names = ['x', 'admin', `a${'\u{1F600}'}`];
    const passwords = ['short', 'password1', '\uD800'.repeat(9), 'x'.repeat(5_000)];
    const messages = USERNAME_KINDS.flatMap((kinds) => {
      const body = registerBody(kinds, () => new Set(), true);
      return names.flatMap((username) =>
        passwords.flatMap(
          (password) =>
            body.safeParse({ username, password }).error?.issues.map(({ message }) => message) ??
            [],
        ),
      );
    });
    expect(messages.length).toBeGreaterThan(20);
    const known = Object.keys(TRANSLATIONS.en?.rules ?? {});
    expect(messages.filter((message) => !known.includes(message))).toEqual([]);
  });
});

test.each<[string | undefined, string | undefined, string]>([
  [undefined, undefined, 'en'],
  ['zh-CN,zh;q=0.9,en;q=0.8', undefined, 'zh-Hans'],
  ['de,zh-TW;q=0.5', undefined, 'zh-Hans'],
  ['de', undefined, 'en'],
  ['en', 'zh-CN en', 'zh-Hans'],
  ['zh', 'de en-GB', 'en'],
  ['zh', '__proto__ constructor', 'zh-Hans'],
])('Accept-Language %j and ui_locales %j: %s', async (accept, ui_locales, lang) => {
  const browser = openBrowser(auth);
  const headers: Record<string, string> = accept === undefined ? {} : { 'accept-language': accept };
  const { location = '' } = await browser.send(authorizeUrl({ ui_locales }), { headers });
  const page = await browser.send(location, { headers });
  expect(page.text).toContain(`<html lang="${lang}">`);
});

test('the pages are those of the brand, its style kept for good', async () => {
  const { text } = await openBrowser(auth).get('/sign-in');
  expect(text).toContain('Larch &amp; Co');
  expect(text).toContain('aria-hidden="true">L</span>');
  const [, href = ''] = /rel="stylesheet" href="([^"]+)"/.exec(text) ?? [];
  const style = await openBrowser(auth).get(href);
  expect(style.headers.get('cache-control')).toMatch(/immutable/);
  expect(style.headers.get('content-type')).toMatch(/^text\/css/);
  expect(style.text).toContain('--accent: #5a3d7a');
  expect(style.text).not.toMatch(/url\(|@import/);
});

test('an accent that white text cannot be read on is refused at the start', () => {
  const env = { NODE_ENV: 'test', ISSUER: 'http://localhost:8080', JWT_ALG: 'HS256' };
  const set = { ...env, JWT_SECRET: 's'.repeat(40), DATABASE_URL: 'postgresql://localhost/x' };
  expect(() => parseConfig({ ...set, BRAND_ACCENT: '#88aaff' })).toThrow(
    /BRAND_ACCENT: must be darker/,
  );
  expect(() => parseConfig({ ...set, BRAND_LETTER: 'AB' })).toThrow(/BRAND_LETTER: must be one/);
});

describe('the sign-in page', () => {
  test('unknown and wrong are the same answer, and both are in the audit record', async () => {
    const answers = [];
    for (const username of ['wangerge', 'nobody-at-all']) {
      const browser = openBrowser(auth);
      const page = await browser.open('/sign-in');
      const { status, text } = await browser.submit(page, { username, password: 'not this one' });
      answers.push([status, text.replace(username, '').replaceAll(/value="[\w-]{43}"/g, '')]);
      expect(text).toContain('Wrong username or password.');
      expect(text).not.toContain('not this one');
      expect([...browser.cookies.keys()]).toEqual(['latchkey-browser']);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(await auditTypes(auth, 'login.failed')).toHaveLength(2);
  });

  test('says which field is missing, and keeps the name', async () => {
    const browser = openBrowser(auth);
    const page = await browser.open(authorizeUrl());
    const answer = await browser.submit(page, { username: 'wangerge', password: '' });
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/aria-invalid="true"/);
    expect(answer.text).toContain('href="#password"');
    expect(answer.text).toContain('value="wangerge"');
  });

  test('says how long to wait after too many attempts, counted with those at /token', async () => {
    for (let round = 0; round < 5; round += 1) {
      const form = { username: 'admin', password: 'not this one' };
      await auth.request('POST /token', { form });
    }
    const browser = openBrowser(auth);
    const page = await browser.open('/sign-in');
    const guess = () => browser.submit(page, { username: 'admin', password: 'not this one' });
    const answers = [await guess(), await guess(), await guess()];
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.text).toMatch(/Too many attempts\. Wait \d+ seconds?/);
    expect(refused?.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  test('takes no name or password that is too long, nor a field twice', async () => {
    const browser = openBrowser(auth);
    const page = await browser.open('/sign-in');
    for (const given of [
      { username: 'a'.repeat(257), password: PASSWORD },
      { username: 'wangerge', password: 'p'.repeat(5_000) },
    ]) {
      const { status, text } = await browser.submit(page, given);
      expect(status).toBe(400);
      expect(text.length).toBeLessThan(10_000);
    }
  });
});

describe('the sign-up page', () => {
  test('makes an account and goes on to the client', async () => {
    const browser = openBrowser(auth);
    const signUp = authorizeUrl().replace('/authorize', '/sign-up');
    const page = await browser.open(signUp);
    const back = await browser.submit(page, { username: 'new.person', password: PASSWORD });
    expect(answerOf(back)).toHaveProperty('code');
    expect(await auditTypes(auth, 'user.registered')).toHaveLength(4);
  });

  test.each([
    ['wangerge', PASSWORD, 409, 'This username is taken'],
    ['admin', PASSWORD, 400, 'This username is reserved'],
    ['x', PASSWORD, 400, 'Use 2 to 64 letters'],
    ['somebody', 'short', 400, 'Use at least 8 characters'],
    ['somebody', 'password1', 400, 'one of the most common passwords'],
    ['somebody.new', 'somebody.new', 400, 'too much like the username'],
  ])('%s with %s: %i %s', async (username, password, status, text) => {
    const browser = openBrowser(auth);
    const page = await browser.open('/sign-up');
    const answer = await browser.submit(page, { username, password });
    expect([answer.status, answer.text.includes(text)]).toEqual([status, true]);
    expect(answer.text).toContain(`value="${username}"`);
    expect(browser.cookies.has('latchkey')).toBe(false);
  });
});

test('an error is a page in the language of the person, with a reference', async () => {
  const browser = openBrowser(auth);
  const headers = {
    'accept-language': 'zh',
    'content-type': 'text/plain',
    'x-request-id': 'ref-12345678',
  };
  const page = await browser.send('/sign-in', { method: 'POST', body: 'x', headers });
  expect([page.status, page.headers.get('content-type')]).toEqual([
    415,
    'text/html; charset=utf-8',
  ]);
  expect(page.text).toContain('操作未能完成');
  expect(page.text).toContain('ref-12345678');
});
