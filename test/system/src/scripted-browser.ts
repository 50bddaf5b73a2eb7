interface Page {
  text: string;
  /** Where it sends the browser. */
  location: string | undefined;
}

const unescaped = (text: string) => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"');

/**
 * Signs a person in as a browser without scripts does, and allows what the client asks for.
 *
 * @param address the client's authorization request
 * @returns where the answer sends the browser
 */
export async function signInAt(address: string | URL, login: Record<string, string>): Promise<URL> {
  const { origin } = new URL(address);
  const cookies = new Map<string, string>();

  async function send(target: string | URL, init: RequestInit = {}): Promise<Page> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { cookie, origin, 'sec-fetch-site': 'same-origin' };
    const response = await fetch(new URL(target, origin), { redirect: 'manual', headers, ...init });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const text = await response.text();
    const [, refresh] = /http-equiv="refresh" content="0;url=([^"]*)"/.exec(text) ?? [];
    const location = response.headers.get('location') ?? (refresh && unescaped(refresh));
    return { text, location: location ?? undefined };
  }

  /** Goes along until there is a form, or an address elsewhere. */
  async function open(target: string | URL): Promise<Page> {
    let page = await send(target);
    while (page.location && new URL(page.location, origin).origin === origin) {
      page = await send(page.location);
    }
    return page;
  }

  let page = await open(address);
  for (const fields of [login, { decision: 'allow' }]) {
    if (page.location) break;
    const [, action] = /<form method="post" action="([^"]*)"/.exec(page.text) ?? [];
    const [, token] = /name="form_token" value="([^"]*)"/.exec(page.text) ?? [];
    if (action === undefined || token === undefined) throw new Error(`no form: ${page.text}`);
    const body = new URLSearchParams({ form_token: token, ...fields });
    const answer = await send(unescaped(action), { method: 'POST', body });
    page = answer.location ? { text: '', location: answer.location } : answer;
    if (page.location && new URL(page.location, origin).origin === origin) {
      page = await open(page.location);
    }
  }
  if (!page.location) throw new Error(`the client got no answer: ${page.text}`);
  return new URL(page.location);
}
