import { createHmac, timingSafeEqual } from 'node:crypto';
import { hostCookies } from '@latchkey/service-kit/http/host-cookies';
import { isSecret } from '@latchkey/service-kit/http/secrets';
import { parseCookie } from 'cookie';

export interface BrowserCookies {
  /** Who is signed in. */
  login: string | undefined;
  /** Which browser it is, signed in or not: forms are bound to it. */
  browser: string | undefined;
}

type Kind = keyof BrowserCookies;

/** As long as browsers keep a cookie at most. */
const BROWSER_SECONDS = 400 * 86_400;

export function browserCookies(issuer: string) {
  const cookies = hostCookies(issuer);
  const names = { login: cookies.nameOf('latchkey'), browser: cookies.nameOf('latchkey-browser') };
  const set = (kind: Kind, value: string, maxAgeSeconds: number) =>
    cookies.set({ name: names[kind], value, maxAgeSeconds, sameSite: 'lax' });

  return {
    /** What cannot be one of ours is not looked at. */
    read(header: string | undefined): BrowserCookies {
      const given = parseCookie(header ?? '');
      const secretIn = (kind: Kind) => {
        const value = given[names[kind]];
        return isSecret(value) ? value : undefined;
      };
      return { login: secretIn('login'), browser: secretIn('browser') };
    },
    login: (value: string, maxAgeSeconds: number) => set('login', value, maxAgeSeconds),
    browser: (value: string) => set('browser', value, BROWSER_SECONDS),
    forgetLogin: () => cookies.forget(names.login),
  };
}

/** What a form carries: only a page that was shown to this browser has it. */
export const formTokenOf = (browser: string): string =>
  createHmac('sha256', browser).update('form token').digest('base64url');

export const isFormTokenOf = (browser: string, token: string): boolean => {
  const [expected, given] = [Buffer.from(formTokenOf(browser)), Buffer.from(token)];
  return expected.length === given.length && timingSafeEqual(expected, given);
};
