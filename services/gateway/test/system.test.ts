import { createVerifier } from '@latchkey/jwt-verify';
import { startTestIssuer } from '@latchkey/jwt-verify/testing';
import { newSecret } from '@latchkey/service-kit/http/secrets';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { problems } from '../src/errors.ts';
import { sessionCookies } from '../src/sessions/session-cookies.ts';
import { sessionUseOf } from '../src/sessions/session-use.ts';
import { type GatewayOptions, listen, readyAnd, startGateway } from './harness.ts';

const CHALLENGE =
  'Bearer error="insufficient_user_authentication", max_age="3600", acr_values="aal2"';
const STEP_UP = '{"status":401,"code":"authentication_insufficient","max_age":3600,"more":["x"]}';
const FORBIDDEN = '{"status":403,"code":"scope_insufficient"}';

interface Body {
  code: string;
  services: { requestsPerSecond: number; p50Ms: number; instances: object[] }[];
  revocation: { isConnected: boolean };
}
const bodyOf = async (answer: Response) => (await answer.json()) as Body;

/** As auth-service judges each token. */
const ANSWERS: Record<string, { status: number; text: string; challenge?: string } | undefined> = {
  'Bearer admin': { status: 200, text: '[{"username":"admin"}]' },
  'Bearer person': { status: 403, text: FORBIDDEN, challenge: 'Bearer error="insufficient_scope"' },
  'Bearer old': { status: 401, text: STEP_UP, challenge: CHALLENGE },
  'Bearer revoked': { status: 401, text: '{}', challenge: 'Bearer error="invalid_token"' },
  'Bearer limited': { status: 429, text: '{"code":"too_many"}' },
  'Bearer broken': { status: 500, text: 'secret trouble' },
  'Bearer moved': { status: 302, text: '' },
  'Bearer long': { status: 403, text: 'x'.repeat(65 * 1024) },
};

async function start(options: GatewayOptions = {}) {
  const asked: { url: string | undefined; headers: Record<string, unknown> }[] = [];
  const auth = await listen(
    readyAnd((req, res) => {
      asked.push({ url: req.url, headers: req.headers });
      if (req.headers.authorization === 'Bearer hang') return;
      const answer = ANSWERS[String(req.headers.authorization)];
      const { status = 401, text = '{}', challenge } = answer ?? { challenge: 'Bearer' };
      if (challenge) res.setHeader('WWW-Authenticate', challenge);
      if (status === 429) res.setHeader('Retry-After', '17');
      res.setHeader('Content-Type', 'application/problem+json');
      res.setHeader('Content-Length', text.length);
      res.writeHead(status).end(text);
    }),
  );
  const todo = await listen(
    readyAnd((req, res) => res.writeHead(req.url === '/todo/x' ? 500 : 200).end()),
  );
  const description = 'A person’s todos.';
  const gateway = await startGateway(
    [
      { name: 'auth-service', routes: ['/admin'], baseUrl: auth.url, scope: 'account admin' },
      { name: 'todo-service', routes: ['/todo'], baseUrl: todo.url, description },
    ],
    options,
  );
  const read = (headers: Record<string, string> = {}, path = '/system') =>
    fetch(gateway.url + path, { headers, redirect: 'manual' });
  const readAs = (token: string) => read({ authorization: `Bearer ${token}` });
  return { auth, todo, gateway, asked, read, readAs };
}

describe('the system', () => {
  it('is shown to administrators, with each service and its instances', async () => {
    const { readAs, asked } = await start();
    const answer = await readAs('admin');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const idle = { requestsPerSecond: 0, errorsPerSecond: 0, p50Ms: 0, p99Ms: 0 };
    expect(await answer.json()).toEqual({
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      services: [
        {
          name: 'auth-service',
          instances: [{ address: '127.0.0.1', isHealthy: true, inFlight: 0 }],
          ...idle,
        },
        {
          name: 'todo-service',
          description: 'A person’s todos.',
          instances: [{ address: '127.0.0.1', isHealthy: true, inFlight: 0 }],
          ...idle,
        },
      ],
      revocation: { isConnected: false, lastEventDelayMs: null, listAgeSeconds: null },
    });
    expect(asked).toMatchObject([
      { url: '/admin/users?limit=1', headers: { 'x-forwarded-for': '127.0.0.1' } },
    ]);
  });

  it('has the traffic of the last ten seconds, and instances that are away', async () => {
    const { readAs, read, todo, gateway } = await start();
    for (const path of ['/todo/1', '/todo/2', '/todo/x']) await read({}, path);
    const service = async () => (await bodyOf(await readAs('admin'))).services[1];
    await expect
      .poll(async () => (await service())?.requestsPerSecond, { timeout: 3_000 })
      .toBe(0.3);
    expect(await service()).toMatchObject({ errorsPerSecond: 0.1 });
    expect((await service())?.p50Ms).toBeGreaterThan(0);
    await todo.close();
    await Promise.all(gateway.upstreams.all.map((upstream) => upstream.refresh()));
    expect((await service())?.instances).toMatchObject([{ isHealthy: false }]);
  });

  it('says how late revocations arrive here', async () => {
    const issuer = await startTestIssuer();
    onTestFinished(() => issuer.close());
    const verifier = createVerifier({
      ...issuer.verifierOptions(),
      audience: null,
      revocation: true,
    });
    onTestFinished(() => verifier.close());
    await verifier.ready();
    const { readAs } = await start({ verifier });
    const revocation = async () => (await bodyOf(await readAs('admin'))).revocation;
    await vi.waitFor(async () => expect((await revocation()).isConnected).toBe(true));
    expect(await revocation()).toMatchObject({ lastEventDelayMs: null });
    issuer.revoke(issuer.mint());
    await vi.waitFor(async () =>
      expect(await revocation()).toEqual({
        isConnected: true,
        lastEventDelayMs: expect.any(Number),
        listAgeSeconds: expect.any(Number),
      }),
    );
  });
});

describe('is refused', () => {
  it.each(['person', 'old', 'revoked', 'nobody'])(
    'to %s in the words of auth-service',
    async (token) => {
      const { readAs } = await start();
      const answer = await readAs(token);
      const { status, text, challenge } = ANSWERS[`Bearer ${token}`] ?? {
        status: 401,
        text: '{}',
        challenge: 'Bearer',
      };
      expect([answer.status, await answer.text()]).toEqual([status, text]);
      expect(answer.headers.get('www-authenticate')).toBe(challenge);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    },
  );

  it('to strangers, and with what auth-service says of limits', async () => {
    const { read, readAs } = await start();
    expect((await read()).status).toBe(401);
    const limited = await readAs('limited');
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '17']);
  });

  it.each(['broken', 'moved', 'long', 'hang'])('for now when auth-service is %s', async (token) => {
    const { readAs, gateway } = await start();
    const answer = await readAs(token);
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'unavailable' }]);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(gateway.upstreams.all[0]?.instances[0]?.pending).toBe(0);
  });

  it('for now when auth-service is away', async () => {
    const { readAs, auth } = await start();
    await auth.close();
    const answer = await readAs('admin');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
  });

  it('to a client that has its share of requests in flight already', async () => {
    const { readAs } = await start({ maxRequestsPerInstance: 2 });
    const hanging = readAs('hang');
    await expect.poll(async () => (await readAs('admin')).status).toBe(429);
    await hanging;
  });

  it('by other methods, and where no service administers', async () => {
    const { gateway } = await start();
    const post = await fetch(`${gateway.url}/system`, { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const alone = await startGateway([]);
    expect((await fetch(`${alone.url}/system`)).status).toBe(404);
  });
});

describe('with the cookie of a session', () => {
  const secret = newSecret();
  const cookies = sessionCookies('http://localhost');
  const cookie = `latchkey-session=${secret}`;

  async function startWith(token: string | undefined) {
    const tokenFor = vi.fn(async () => ({ token, onUnauthorized }));
    const onUnauthorized = vi.fn();
    const gate = { useOf: sessionUseOf({ issuer: 'http://localhost', cookies }), tokenFor };
    const sessions = { gate, routes: [], isAway: () => false };
    return { tokenFor, onUnauthorized, ...(await start({ sessions })) };
  }

  it('the session’s token for auth-service decides', async () => {
    const { read, tokenFor } = await startWith('admin');
    expect((await read({ cookie, 'latchkey-csrf': '1' })).status).toBe(200);
    expect(tokenFor).toHaveBeenCalledWith(
      expect.anything(),
      expect.objectContaining({ secret, scope: 'account admin', address: '127.0.0.1' }),
    );
  });

  it.each<[string | undefined, number, number]>([
    ['person', 403, 0],
    ['old', 401, 0],
    ['revoked', 401, 1],
    [undefined, 401, 0],
  ])('%s is refused with %i', async (token, status, dropped) => {
    const { read, onUnauthorized } = await startWith(token);
    const answer = await read({ cookie, 'latchkey-csrf': '1' });
    expect(answer.status).toBe(status);
    if (token === 'old') expect(answer.headers.get('www-authenticate')).toBe(CHALLENGE);
    expect(onUnauthorized).toHaveBeenCalledTimes(dropped);
  });

  it('pages of other sites, and two credentials, are refused unasked', async () => {
    const { read, asked } = await startWith('admin');
    const crossSite = await read({ cookie, 'sec-fetch-site': 'cross-site' });
    expect([crossSite.status, (await bodyOf(crossSite)).code]).toEqual([403, 'cross_site_request']);
    const bare = await read({ cookie });
    expect((await bodyOf(bare)).code).toBe('csrf_header_missing');
    const both = await read({ cookie, authorization: 'Bearer admin' });
    expect((await bodyOf(both)).code).toBe('two_credentials');
    expect(asked).toEqual([]);
  });

  it('is 503 while the session cannot be looked up', async () => {
    const { read, tokenFor } = await startWith('admin');
    tokenFor.mockRejectedValue(problems.session_unavailable({ headers: { 'Retry-After': '2' } }));
    const answer = await read({ cookie, 'latchkey-csrf': '1' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
  });
});
