import { Secret, TOTP } from 'otpauth';
import { type AuthService, PASSWORD } from './harness.ts';
import { openBrowser, type Page } from './hosted-browser.ts';

/** An authenticator app that scanned the secret of a page. */
export function appFor({ text }: Pick<Page, 'text'>) {
  const [, secret = ''] = /class="secret">([A-Z2-7 ]+)</.exec(text) ?? [];
  const totp = new TOTP({ secret: Secret.fromBase32(secret.replaceAll(' ', '')) });
  return { codeAt: (nowMs: number) => totp.generate({ timestamp: nowMs }) };
}

const recoveryCodesOn = ({ text }: Pick<Page, 'text'>): string[] =>
  /<pre class="codes"[^>]*>([^<]*)</.exec(text)?.[1]?.split('\n') ?? [];

type HostedBrowser = ReturnType<typeof openBrowser>;

/** Sends the form of a page that leads to this address. */
export async function submitTo(
  browser: HostedBrowser,
  page: Page,
  path: string,
  fields: Record<string, string> = {},
): Promise<Page> {
  const from = page.text.indexOf(`action="${path}`);
  if (from === -1) throw new Error(`no form to ${path} in: ${page.text}`);
  const part = page.text.slice(page.text.lastIndexOf('<form', from));
  const text = part.slice(0, part.indexOf('</form>'));
  const hidden = Object.fromEntries(
    [...text.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );
  return browser.submit({ ...page, text }, { ...hidden, ...fields });
}

/** Signs in on the sign-in page, up to the second factor. */
export async function withPassword(
  browser: HostedBrowser,
  username: string,
  path = '/sign-in',
): Promise<Page> {
  return browser.signIn(await browser.open(path), username, PASSWORD);
}

/** Signs up, and adds an authenticator app. */
export async function personWithApp(auth: AuthService, now: () => number, username: string) {
  const json = { username, password: PASSWORD };
  await auth.request('POST /register', { json });
  const browser = openBrowser(auth);
  await withPassword(browser, username);
  const page = await browser.open('/security/authenticator');
  const app = appFor(page);
  const shown = await submitTo(browser, page, '/security/authenticator', {
    code: app.codeAt(now()),
  });
  return { username, browser, app, shown, recoveryCodes: recoveryCodesOn(shown) };
}
