import fetch, { type RequestInit } from 'node-fetch';

const NAVIGATE = { headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' } };

/** A browser without scripts: it keeps cookies, follows redirects and sends the forms that pages show. */
export function scriptBrowser(origin: string) {
  const cookies = new Map<string, string>();

  async function send(path: string, init: RequestInit = {}) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    // Node's own fetch says for itself what kind of request it is.
    const response = await fetch(new URL(path, origin), {
      redirect: 'manual',
      ...init,
      headers: { ...(cookie ? { cookie } : {}), ...(init.headers as Record<string, string>) },
    });
    for (const line of response.headers.raw()['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    const text = await response.text();
    const [, refresh] = /http-equiv="refresh" content="0;url=([^"]*)"/.exec(text) ?? [];
    const location = response.headers.get('location') ?? (refresh && unescaped(refresh));
    return { status: response.status, headers: response.headers, text, location };
  }

  async function follow(answer: Awaited<ReturnType<typeof send>>) {
    let page = answer;
    for (let hops = 0; page.location !== undefined && hops < 10; hops += 1) {
      if (new URL(page.location, origin).origin !== origin) break;
      page = await send(page.location, NAVIGATE);
    }
    return page;
  }

  const browser = {
    cookies,
    send,
    follow,

    /** As the address bar does: goes along until there is a page, or an address elsewhere. */
    open: async (path: string) => follow(await send(path, NAVIGATE)),

    /** Sends the form of a page. */
    submit({ text }: { text: string }, fields: Record<string, string>) {
      const [, action = ''] = /<form method="post" action="([^"]*)"/.exec(text) ?? [];
      const [, token = ''] = /name="form_token" value="([^"]*)"/.exec(text) ?? [];
      return send(unescaped(action), {
        method: 'POST',
        body: new URLSearchParams({ form_token: token, ...fields }),
        headers: { origin, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' },
      });
    },

    /** As a script of a page here does. */
    async call(operation: string, init: { json?: unknown; headers?: Record<string, string> } = {}) {
      const [method = 'GET', path = '/'] = operation.split(' ');
      const { json, headers } = init;
      const answer = await send(path, {
        method,
        headers: {
          'sec-fetch-site': 'same-origin',
          'sec-fetch-mode': 'cors',
          'latchkey-csrf': '1',
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      });
      const isJson = answer.headers.get('content-type')?.includes('json');
      return { ...answer, body: isJson ? JSON.parse(answer.text) : undefined };
    },

    /** Signs in at the gateway, by the hosted pages. */
    async signIn(username: string, password: string, query = '') {
      const page = await browser.open(`/session/sign-in${query}`);
      return follow(await browser.submit(page, { username, password }));
    },
  };
  return browser;
}

const unescaped = (text: string) => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"');

/**
 * Signs a person in for a client, and allows what it asks for.
 *
 * @param address the client's authorization request
 * @returns where the answer sends the browser
 */
export async function signInAt(address: string | URL, login: Record<string, string>): Promise<URL> {
  const browser = scriptBrowser(new URL(address).origin);
  let page = await browser.open(String(address));
  for (const fields of [login, { decision: 'allow' }]) {
    if (page.location === undefined)
      page = await browser.follow(await browser.submit(page, fields));
  }
  if (page.location === undefined) throw new Error(`the client got no answer: ${page.text}`);
  return new URL(page.location);
}
