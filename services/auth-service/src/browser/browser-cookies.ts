import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseCookie, stringifySetCookie } from 'cookie';

export interface BrowserCookies {
  /** Who is signed in. */
  login: string | undefined;
  /** Which browser it is, signed in or not: forms are bound to it. */
  browser: string | undefined;
}

type Kind = keyof BrowserCookies;

const SECRET = /^[\w-]{43}$/;
/** As long as browsers keep a cookie at most. */
const BROWSER_SECONDS = 400 * 86_400;

/**
 * `__Host-` and Secure on https, so that no other host or subdomain can set them. On plain http,
 * which is for localhost, browsers take neither.
 */
export function browserCookies(issuer: string) {
  const secure = issuer.startsWith('https:');
  const prefix = secure ? '__Host-' : '';
  const names = { login: `${prefix}latchkey`, browser: `${prefix}latchkey-browser` };
  const set = (kind: Kind, value: string, maxAge: number) =>
    stringifySetCookie({
      name: names[kind],
      value,
      maxAge,
      path: '/',
      httpOnly: true,
      secure,
      sameSite: 'lax',
    });

  return {
    /** What cannot be one of ours is not looked at. */
    read(header: string | undefined): BrowserCookies {
      const cookies = parseCookie(header ?? '');
      const secretIn = (kind: Kind) => {
        const value = cookies[names[kind]];
        return value !== undefined && SECRET.test(value) ? value : undefined;
      };
      return { login: secretIn('login'), browser: secretIn('browser') };
    },
    login: (value: string, maxAgeSeconds: number) => set('login', value, maxAgeSeconds),
    browser: (value: string) => set('browser', value, BROWSER_SECONDS),
    forgetLogin: () => set('login', '', 0),
  };
}

/** What a form carries: only a page that was shown to this browser has it. */
export const formTokenOf = (browser: string): string =>
  createHmac('sha256', browser).update('form token').digest('base64url');

export const isFormTokenOf = (browser: string, token: string): boolean => {
  const [expected, given] = [Buffer.from(formTokenOf(browser)), Buffer.from(token)];
  return expected.length === given.length && timingSafeEqual(expected, given);
};
