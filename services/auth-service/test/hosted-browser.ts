import { createHash, randomBytes } from 'node:crypto';
import { accountOperations } from '../src/accounts/account-operations.ts';
import { systemCaller } from '../src/caller.ts';
import { type AuthService, ISSUER, PASSWORD } from './harness.ts';

export interface Page {
  status: number;
  headers: Headers;
  text: string;
  /** Where the answer sends the browser. */
  location: string | undefined;
}

/** The path of an address here, for a request to the service itself. */
const pathOf = (address: string) => address.replace(ISSUER, '');

/** A browser without scripts: it keeps cookies and sends the forms that pages show. */
export function openBrowser({ url }: Pick<AuthService, 'url'>) {
  const cookies = new Map<string, string>();

  async function send(path: string, init: RequestInit = {}): Promise<Page> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(new URL(pathOf(path), url), {
      redirect: 'manual',
      ...init,
      headers: { ...(cookie ? { cookie } : {}), ...(init.headers as Record<string, string>) },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    const text = await response.text();
    const [, refresh] = /http-equiv="refresh" content="0;url=([^"]*)"/.exec(text) ?? [];
    return {
      status: response.status,
      headers: response.headers,
      text,
      location: response.headers.get('location') ?? (refresh && unescaped(refresh)),
    };
  }

  const browser = {
    cookies,
    send,
    get: (path: string) => send(path),

    /** Opens an address and goes along until there is a page, or an address elsewhere. */
    async open(path: string): Promise<Page> {
      let page = await send(path);
      while (page.location?.startsWith('/')) page = await send(page.location);
      return page;
    },

    /** Sends the form of a page, as a browser does. */
    submit(
      page: Page,
      fields: Record<string, string>,
      headers: Record<string, string> = { origin: ISSUER, 'sec-fetch-site': 'same-origin' },
    ): Promise<Page> {
      const { action, token } = formOf(page);
      const body = new URLSearchParams({ form_token: token, ...fields });
      return send(action, { method: 'POST', body, headers });
    },

    /** Signs in on the sign-in page that is shown, and goes along. */
    async signIn(page: Page, username = 'wangerge', password = PASSWORD): Promise<Page> {
      const answer = await browser.submit(page, { username, password });
      return answer.location?.startsWith('/') ? browser.open(answer.location) : answer;
    },
  };
  return browser;
}

const unescaped = (text: string) => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"');

/** A new person, who is signed in in a browser. */
export async function signedInPerson(auth: AuthService, username: string) {
  const person = { username, password: PASSWORD };
  const { id } = await accountOperations(auth.store, auth).register(person, {
    caller: systemCaller,
  });
  const browser = openBrowser(auth);
  await browser.signIn(await browser.open('/sign-in'), username);
  return { id, username, browser };
}

/** The form of a page. */
export function formOf({ text }: Pick<Page, 'text'>): { action: string; token: string } {
  const [, action = ''] = /<form method="post" action="([^"]*)"/.exec(text) ?? [];
  const [, token = ''] = /name="form_token" value="([^"]*)"/.exec(text) ?? [];
  return { action: unescaped(action), token };
}

/** PKCE: a verifier and its challenge. */
export function newPkce() {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export const CALLBACK = 'https://app.example/callback';
export const OTHER_CALLBACK = 'https://other.example/cb';

/** An app of ours, one of others that is asked for consent, and a native one. */
export async function addHostedClients({ store }: Pick<AuthService, 'store'>) {
  const app = {
    authentication: 'none' as const,
    secretHash: null,
    jwks: undefined,
    grantTypes: ['authorization_code', 'refresh_token'],
    scopes: [] as string[],
    firstParty: true,
    audience: null,
  };
  await store.clients.create({
    ...app,
    id: 'our-app',
    name: 'Our app',
    redirectUris: [CALLBACK],
    postLogoutUris: ['https://app.example/bye'],
  });
  const others = {
    firstParty: false,
    scopes: ['openid', 'profile', 'todo:read', 'todo:write', 'account:read'],
  };
  await store.clients.create({
    ...app,
    ...others,
    id: 'their-app',
    name: 'Their <app>',
    redirectUris: [OTHER_CALLBACK, `${OTHER_CALLBACK}?tenant=1`],
    postLogoutUris: ['https://other.example/bye?a=1'],
  });
  await store.clients.create({
    ...app,
    ...others,
    id: 'native-app',
    name: 'Native',
    redirectUris: ['http://127.0.0.1/cb', 'http://[::1]:9000/cb', 'http://localhost:9000/cb'],
  });
}

/** An authorization request of our app; `undefined` leaves a parameter out. */
export function authorizeUrl(given: Record<string, string | undefined> = {}): string {
  const parameters = {
    response_type: 'code',
    client_id: 'our-app',
    redirect_uri: CALLBACK,
    scope: 'openid todo:read',
    state: 'the-state',
    code_challenge: newPkce().challenge,
    code_challenge_method: 'S256',
    ...given,
  };
  const present = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return `/authorize?${new URLSearchParams(present as [string, string][])}`;
}

/** The parameters of an answer to the client. */
export const answerOf = ({ location = '' }: Page): Record<string, string> =>
  URL.canParse(location) ? Object.fromEntries(new URL(location).searchParams) : {};
