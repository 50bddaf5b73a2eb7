import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { scriptBrowser } from '../src/script-browser.ts';
import { servicesDirOf } from '../src/services-dir.ts';
import { givenOrigin, startOwnSystem } from '../src/system.ts';

const PASSWORD = 'test1234';

describe.skipIf(givenOrigin)('browser sessions', () => {
  let system: Awaited<ReturnType<typeof startOwn>>;
  let servicesDir: string;
  /** What services got, the newest last. */
  const seen: { path: string; headers: Record<string, unknown> }[] = [];
  const echo = createServer((req, res) => {
    if (req.url !== '/readyz') seen.push({ path: req.url ?? '', headers: req.headers });
    res.setHeader('Content-Type', 'application/json');
    res.statusCode = req.url === '/echo/refused' ? 401 : 200;
    res.end('{"ready":true}');
  });

  const startOwn = async () => {
    servicesDir = servicesDirOf(
      ...['auth-service', 'gateway', 'todo-service', 'support-service'].map((n) => `services/${n}`),
    );
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    addEcho('echo');
    return startOwnSystem({}, servicesDir);
  };
  /** A service of elsewhere that shows what reaches it. */
  const addEcho = (name: string) => {
    mkdirSync(join(servicesDir, name));
    writeFileSync(
      join(servicesDir, name, 'service.json'),
      JSON.stringify({
        name,
        url: `http://127.0.0.1:${(echo.address() as AddressInfo).port}`,
        routes: [`/${name}`],
        scopes: { [`${name}:read`]: `Read ${name}` },
        app: { name, path: `/${name}/app`, scope: `${name}:read` },
      }),
    );
  };
  const linkTo = (service: string) => ({
    service,
    name: { en: service, zh: service },
    path: `/${service}/app`,
  });
  const lastToken = () => String(seen.at(-1)?.headers.authorization).replace('Bearer ', '');

  beforeAll(async () => {
    system = await startOwn();
  }, 60_000);
  afterAll(async () => {
    await system?.stop();
    echo.close();
    rmSync(servicesDir, { recursive: true });
  });

  const signedIn = async (username = 'wangerge') => {
    const browser = scriptBrowser(system.origin);
    const page = await browser.signIn(username, PASSWORD, '?return_to=/docs');
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('swagger')]);
    return browser;
  };
  const ask = async (text: string, values: unknown[], service: string) => {
    const client = new pg.Client(system.databaseUrls[service]);
    await client.connect();
    const { rows } = await client.query(text, values);
    await client.end();
    return rows;
  };

  it('opens every service by one cookie, and shows no token to the browser', async () => {
    const browser = scriptBrowser(system.origin);
    const pages: { text: string; headers: { raw(): object } }[] = [];
    pages.push(await browser.signIn('wangerge', PASSWORD, '?return_to=/docs'));
    const session = await browser.call('GET /session');
    expect(session.body).toEqual({
      signedIn: true,
      username: 'wangerge',
      expiresAt: expect.any(String),
      links: [linkTo('echo')],
    });
    for (const operation of ['GET /todo', 'GET /tickets', 'GET /users/me', 'GET /echo/hello']) {
      const answer = await browser.call(operation);
      expect([operation, answer.status]).toEqual([operation, 200]);
      pages.push(answer);
    }
    const created = await browser.call('POST /todo', { json: { title: 'Buy stamps' } });
    expect(created.status).toBe(201);
    // support-service reads the todo on the person's behalf: what it got can be exchanged.
    const json = { subject: 'About stamps', todoId: created.body.id, message: 'Which ones?' };
    expect((await browser.call('POST /tickets', { json })).status).toBe(201);
    const shown = JSON.stringify([pages.map(({ text, headers }) => [text, headers.raw()])]);
    expect(shown).not.toMatch(/eyJ|rt_/);
    expect([...browser.cookies.keys()].toSorted()).toEqual([
      'latchkey',
      'latchkey-browser',
      'latchkey-session',
    ]);
  });

  it('gives each service a token for it alone, and no cookie', async () => {
    const browser = await signedIn();
    await browser.call('GET /echo/hello', { headers: { 'x-forwarded-for': '203.0.113.9' } });
    const claims = decodeJwt(lastToken());
    expect(claims).toMatchObject({ aud: ['echo'], scope: 'echo:read', client_id: 'gateway' });
    expect(seen.at(-1)?.headers.cookie).toBeUndefined();
    const elsewhere = await system.request('GET /todo', { token: lastToken() });
    expect(elsewhere.status).toBe(401);
  });

  it('keeps the tokens under a key that only the cookie yields', async () => {
    const browser = await signedIn();
    await browser.call('GET /echo/hello');
    const rows = await ask('SELECT * FROM browser_session', [], 'gateway');
    const text = rows.map((row) => JSON.stringify(row) + row.sealed_tokens.toString('latin1'));
    for (const secret of [lastToken(), String(browser.cookies.get('latchkey-session'))]) {
      expect(text.join()).not.toContain(secret);
    }
  });

  it('is refused to other sites, to forms, and beside a token', async () => {
    const browser = await signedIn();
    const asked = async (operation: string, headers: Record<string, string>) => {
      const { status, body } = await browser.call(operation, { headers });
      return [status, body?.code];
    };
    const strangers: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${system.origin}0` },
    ];
    for (const headers of strangers) {
      for (const operation of ['GET /echo/x', 'POST /echo/x', 'GET /session', 'DELETE /session']) {
        expect([headers, await asked(operation, headers)]).toEqual([
          headers,
          [403, 'cross_site_request'],
        ]);
      }
    }
    const { token } = await system.newPerson(`bearer${Date.now()}`);
    expect(await asked('GET /echo/x', { authorization: `Bearer ${token}` })).toEqual([
      400,
      'two_credentials',
    ]);
    const plain = await browser.send('/echo/x', {
      method: 'POST',
      headers: { origin: system.origin, 'sec-fetch-mode': 'cors' },
    });
    expect([plain.status, JSON.parse(plain.text).code]).toEqual([403, 'csrf_header_missing']);
    // A form and a link are sent on as a stranger's.
    for (const method of ['POST', 'GET']) {
      const headers = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' };
      await browser.send('/echo/navigated', { method, headers });
      expect(seen.at(-1)).toMatchObject({ path: '/echo/navigated' });
      expect(seen.at(-1)?.headers.authorization).toBeUndefined();
    }
    // What opens a stream cannot send the header.
    const stream = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' };
    await browser.send('/echo/stream', { headers: stream });
    expect(decodeJwt(lastToken()).aud).toEqual(['echo']);
  });

  it('fetches a token once, whatever the number of tabs and gateways', async () => {
    const copy = await system.addCopy('gateway');
    const browser = await signedIn();
    await browser.call('GET /echo/first');
    const { sid } = decodeJwt(lastToken());
    const refreshes = async () => {
      const text = 'SELECT count(*)::int AS n FROM refresh_token WHERE session_id = $1';
      const [row] = await ask(text, [sid], 'auth-service');
      return row.n as number;
    };
    const before = await refreshes();
    const other = scriptBrowser(copy.url);
    for (const [name, value] of browser.cookies) other.cookies.set(name, value);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? browser : other).call('GET /todo')),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect((await refreshes()) - before).toBe(1);
  });

  it('ends everywhere: signed out here, at every gateway and in every service', async () => {
    const [browser, another] = [await signedIn(), await signedIn()];
    await browser.call('GET /echo/hello');
    const token = lastToken();
    const secret = String(browser.cookies.get('latchkey-session'));
    const { status, body } = await browser.call('DELETE /session');
    expect(status).toBe(200);
    expect(browser.cookies.has('latchkey-session')).toBe(false);
    browser.cookies.set('latchkey-session', secret);
    expect((await browser.call('GET /session')).body).toEqual({ signedIn: false });
    expect((await browser.call('DELETE /session')).status).toBe(200);
    expect(browser.cookies.has('latchkey-session')).toBe(false);
    expect((await browser.call('DELETE /session')).status).toBe(401);
    await expect
      .poll(async () => (await system.request('GET /sessions', { token })).status)
      .toBe(401);
    // The sign-in itself ends without a question: the address proves whose it is.
    const out = await browser.open(body.signOutUrl);
    expect(out.status).toBe(200);
    const again = await browser.open('/session/sign-in');
    expect(again.text).toContain('name="password"');
    expect((await another.call('GET /todo')).status).toBe(200);
  });

  it.each(['by another login', 'in another tab'])(
    'notices within 2 s that it ended %s',
    async (how) => {
      const browser = await signedIn();
      await browser.call('GET /echo/hello');
      const { sid } = decodeJwt(lastToken());
      const cookie = `latchkey-session=${browser.cookies.get('latchkey-session')}`;
      const headers = { cookie, 'latchkey-csrf': '1', origin: system.origin };
      const events = await fetch(`${system.origin}/session/events`, { headers });
      expect(events.headers.get('content-type')).toMatch(/^text\/event-stream/);
      const token = (await system.login('wangerge', PASSWORD)).body.access_token;
      const endedAt = performance.now();
      const { status } =
        how === 'in another tab'
          ? await system.request('DELETE /session', { headers })
          : await system.request(`DELETE /sessions/${sid}`, { token });
      expect(status).toBeLessThan(300);
      const text = await events.text();
      expect(text).toMatch(/event: ended\ndata: \{\}\n\n$/);
      expect(performance.now() - endedAt).toBeLessThan(2_000);
      const after = await browser.call('GET /todo');
      expect([after.status, browser.cookies.has('latchkey-session')]).toEqual([401, false]);
    },
  );

  it('goes on while auth-service is away, and says 503 where it is needed', async () => {
    const browser = await signedIn();
    expect((await browser.call('GET /todo')).status).toBe(200);
    await system.killService('auth-service');
    expect((await browser.call('GET /todo')).status).toBe(200);
    expect((await browser.call('GET /session')).body).toMatchObject({ signedIn: true });
    const needed = await browser.call('GET /tickets');
    expect([needed.status, needed.body.code]).toEqual([503, 'session_unavailable']);
    expect(Number(needed.headers.get('retry-after'))).toBeGreaterThan(0);
    await system.restartService('auth-service');
    await vi.waitFor(async () => expect((await browser.call('GET /tickets')).status).toBe(200), {
      timeout: 20_000,
      interval: 200,
    });
  });

  it('survives an auth-service that hangs, and answers what nobody waits for any more', async () => {
    const browser = await signedIn();
    const { pid } = system.services.find(({ name }) => name === 'auth-service') ?? {};
    process.kill(pid as number, 'SIGSTOP');
    const hanging = await browser.call('GET /todo');
    expect([hanging.status, hanging.body.code]).toEqual([503, 'session_unavailable']);
    process.kill(pid as number, 'SIGCONT');
    // The refresh for todos is done there by now, and its answer lost.
    for (const operation of ['GET /tickets', 'GET /users/me', 'GET /todo']) {
      await expect.poll(async () => (await browser.call(operation)).status).toBe(200);
    }
  }, 30_000);

  it('is there after the gateway restarts, and reaches a service that joins later', async () => {
    const browser = await signedIn();
    await system.restartService('gateway');
    expect((await browser.call('GET /todo')).status).toBe(200);
    addEcho('parcels');
    await vi.waitFor(async () => expect((await browser.call('GET /parcels/1')).status).toBe(200), {
      timeout: 20_000,
      interval: 500,
    });
    await vi.waitFor(
      async () => {
        await browser.call('GET /parcels/1');
        expect(decodeJwt(lastToken())).toMatchObject({ aud: ['parcels'], scope: 'parcels:read' });
      },
      { timeout: 70_000, interval: 1_000 },
    );
    const { links } = (await browser.call('GET /session')).body;
    expect(links).toEqual([linkTo('echo'), linkTo('parcels')]);
  }, 120_000);

  it('gives administrators their scope, and nobody else', async () => {
    const [admin, person] = [await signedIn('admin'), await signedIn()];
    expect((await admin.call('GET /admin/users')).status).toBe(200);
    expect((await person.call('GET /admin/users')).status).toBe(403);
    const known = await admin.call('GET /system');
    expect(known.status).toBe(200);
    expect(known.body.services.map(({ name }: { name: string }) => name)).toContain('todo-service');
    expect(known.body.revocation).toMatchObject({ isConnected: true });
    const refused = await person.call('GET /system');
    expect([refused.status, refused.body.code]).toEqual([403, 'role_insufficient']);
    expect((await system.request('GET /system')).status).toBe(401);
  });

  it('goes on with a fresh token when the key that signed the old one is removed', async () => {
    const [browser, admin] = [await signedIn(), await signedIn('admin')];
    await browser.call('GET /echo/hello');
    const { kid } = decodeProtectedHeader(lastToken());
    for (const operation of ['GET /todo', 'GET /tickets']) await browser.call(operation);
    expect((await admin.call(`DELETE /admin/keys/${kid}`)).status).toBe(204);
    const answers = new Set<string>();
    for (const [who, operation] of [
      [browser, 'GET /todo'],
      [admin, 'GET /admin/keys'],
    ] as const) {
      await vi.waitFor(
        async () => {
          const { status, body } = await who.call(operation);
          answers.add(`${status} ${body.code ?? ''}`.trim());
          expect([operation, status]).toEqual([operation, 200]);
        },
        { timeout: 15_000, interval: 250 },
      );
    }
    // Refused once by each service that knows of it, and never for trouble of ours.
    expect([...answers].filter((answer) => !['200', '401 key_unknown'].includes(answer))).toEqual(
      [],
    );
    expect((await browser.call('GET /session')).body.signedIn).toBe(true);
  }, 60_000);

  it('leads nobody to another site', async () => {
    for (const to of ['https://evil.example/', '/.//evil.example', 'x']) {
      const browser = scriptBrowser(system.origin);
      const query = `?return_to=${encodeURIComponent(to)}`;
      const page = await browser.open(`/session/sign-in${query}`);
      const answer = await browser.submit(page, { username: 'wangerge', password: PASSWORD });
      const back = await browser.send(String(answer.location));
      expect([to, back.status, back.location]).toEqual([to, 303, '/']);
    }
  });

  it('takes no answer that this browser has not asked for, and none twice', async () => {
    const [ours, theirs] = [scriptBrowser(system.origin), scriptBrowser(system.origin)];
    const page = await theirs.open('/session/sign-in');
    const { location = '' } = await theirs.submit(page, { username: 'agent', password: PASSWORD });
    for (const answer of [location, location.replace(/state=[^&]*/, 'state=x')]) {
      const refused = await ours.send(answer);
      expect([refused.status, JSON.parse(refused.text).code]).toEqual([400, 'sign_in_unknown']);
    }
    const foreign = location.replace(/iss=[^&]*/, 'iss=https%3A%2F%2Fevil.example');
    expect(JSON.parse((await theirs.send(foreign)).text).code).toBe('sign_in_failed');
    expect((await theirs.send(location)).status).toBe(303);
    expect((await theirs.send(location)).status).toBe(400);
    expect(ours.cookies.has('latchkey-session')).toBe(false);
  });

  it('gives a new secret at each sign-in, and the old one is worth nothing', async () => {
    const browser = await signedIn();
    const before = String(browser.cookies.get('latchkey-session'));
    await browser.open('/session/sign-in');
    expect(browser.cookies.get('latchkey-session')).not.toBe(before);
    browser.cookies.set('latchkey-session', before);
    expect((await browser.call('GET /session')).body).toEqual({ signedIn: false });
  });

  it('sends who comes by another host to the one that keeps the cookie', async () => {
    const host = system.origin.replace('localhost', '127.0.0.1');
    const answer = await scriptBrowser(host).send('/session/sign-in?return_to=/docs');
    expect([answer.status, answer.location]).toEqual([
      303,
      `${system.origin}/session/sign-in?return_to=%2Fdocs`,
    ]);
  });
});
