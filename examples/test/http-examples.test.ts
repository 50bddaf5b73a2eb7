import { startTestIssuer, type TestIssuer } from '@latchkey/jwt-verify/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningExample, startExample } from './running-example.ts';

const METRICS_KEY = 'a-key-of-32-characters-or-longer';

let issuer: TestIssuer;
let staff: TestIssuer;
beforeAll(async () => {
  issuer = await startTestIssuer({ audience: 'todo-service' });
  staff = await startTestIssuer({ audience: 'todo-service', algorithm: 'RS256' });
});
afterAll(() => Promise.all([issuer.close(), staff.close()]));

const start = (name: string) =>
  startExample(name, { ISSUER: issuer.issuer, STAFF_ISSUER: staff.issuer, METRICS_KEY });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const tokenFor = (scope: string) => issuer.mint({ claims: { scope, roles: ['user'] } });

type Send = (token: string) => { path: string; headers: Record<string, string> };
const inAuthorization =
  (path: string): Send =>
  (token) => ({ path, headers: bearer(token) });

/** Each guarded route, and how a token comes to it. */
const GUARDED: readonly [string, string, Send][] = [
  ['express', 'GET /me', inAuthorization('/me')],
  ['fastify', 'GET /me', inAuthorization('/me')],
  ['hono', 'GET /me', inAuthorization('/me')],
  ['several-issuers', 'GET /', inAuthorization('/')],
  [
    'token-from-elsewhere',
    'a proxy’s header',
    (token) => ({ path: '/proxied', headers: { 'cf-access-jwt-assertion': token } }),
  ],
  [
    'token-from-elsewhere',
    'a cookie',
    (token) => ({
      path: '/page',
      headers: { cookie: `__Host-token=${token}`, 'sec-fetch-site': 'same-origin' },
    }),
  ],
  [
    'token-from-elsewhere',
    'a link',
    (token) => ({ path: `/link?token=${encodeURIComponent(token)}`, headers: {} }),
  ],
];

describe.each(GUARDED)('%s: %s', (name, _route, send) => {
  let example: RunningExample;
  beforeAll(async () => {
    example = await start(name);
    return async () => expect(await example.stop()).toBe(0);
  });
  const ask = (token: string) => {
    const { path, headers } = send(token);
    return fetch(`${example.url}${path}`, { headers });
  };
  const expectProblem = async (answer: Response, status: number, code: string) => {
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await answer.json()).toMatchObject({ status, code });
    expect(answer.status).toBe(status);
  };

  test('a good token: 200', async () => {
    const answer = await ask(tokenFor('todo:read'));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ subject: 'test-user' });
  });

  test('no token: 401 with a challenge', async () => {
    const [path] = send('').path.split('?');
    const answer = await fetch(`${example.url}${path}`);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="todo-service"$/);
    await expectProblem(answer, 401, 'token_missing');
  });

  test('a bad or an expired token, or one of another service: 401', async () => {
    await expectProblem(await ask('x.y.z'), 401, 'token_malformed');
    const late = issuer.mint({ lifetimeSeconds: -1 });
    await expectProblem(await ask(late), 401, 'token_expired');
    const other = issuer.mint({ claims: { aud: ['billing'] } });
    await expectProblem(await ask(other), 401, 'audience_mismatch');
  });

  if (name === 'several-issuers') return;
  test('too little scope: 403', async () => {
    const answer = await ask(tokenFor('todo:write'));
    expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    await expectProblem(answer, 403, 'scope_insufficient');
  });
});

describe('what each adds', () => {
  const running = new Map<string, RunningExample>();
  beforeAll(async () => {
    for (const name of new Set(GUARDED.map(([example]) => example))) {
      running.set(name, await start(name));
    }
  });
  afterAll(() => Promise.all([...running.values()].map(({ stop }) => stop())));
  const ask = (name: string, path: string, init: RequestInit = {}) =>
    fetch(`${running.get(name)?.url}${path}`, init);

  test.each(['express', 'fastify', 'hono'])('%s: / is open', async (name) => {
    expect(await (await ask(name, '/')).text()).toBe('Hello');
  });

  test('express: other errors go to the next handler', async () => {
    const headers = { ...bearer(tokenFor('todo:write')), 'content-type': 'application/json' };
    const good = await ask('express', '/echo', { method: 'POST', headers, body: '{"a":1}' });
    expect(await good.json()).toEqual({ a: 1 });
    const broken = await ask('express', '/echo', { method: 'POST', headers, body: '{' });
    expect(broken.status).toBe(400);
    expect(broken.headers.get('content-type')).not.toContain('problem+json');
  });

  test('several-issuers: each by its own rules', async () => {
    const claims = { realm_access: { roles: ['agent'] } };
    const header = { typ: 'JWT' };
    const ofStaff = await ask('several-issuers', '/', {
      headers: bearer(staff.mint({ claims, header })),
    });
    expect(await ofStaff.json()).toEqual({
      issuer: staff.issuer,
      subject: 'test-user',
      roles: ['agent'],
    });
    const typ = await ask('several-issuers', '/', { headers: bearer(issuer.mint({ header })) });
    expect(await typ.json()).toMatchObject({ code: 'type_not_allowed' });
    const forged = staff.mint({ claims: { iss: issuer.issuer } });
    const crossed = await ask('several-issuers', '/', { headers: bearer(forged) });
    expect(await crossed.json()).toMatchObject({ code: 'algorithm_not_allowed' });
  });

  test('token-from-elsewhere: only the place of the route counts', async () => {
    const headers = bearer(tokenFor('todo:read'));
    for (const path of ['/proxied', '/link']) {
      expect((await ask('token-from-elsewhere', path, { headers })).status).toBe(401);
    }
  });

  test('token-from-elsewhere: a cookie on a request of another site is refused', async () => {
    const cookie = `__Host-token=${tokenFor('todo:read')}`;
    for (const headers of [{ cookie }, { cookie, 'sec-fetch-site': 'cross-site' }]) {
      expect((await ask('token-from-elsewhere', '/page', { headers })).status).toBe(403);
    }
  });

  test.each([
    [METRICS_KEY, 200],
    ['another-key-of-the-very-same-len', 401],
    ['', 401],
  ])('token-from-elsewhere: the metrics with key %j: %i', async (key, status) => {
    const headers = { 'x-metrics-key': key };
    expect((await ask('token-from-elsewhere', '/metrics', { headers })).status).toBe(status);
  });

  // Last: the issuer is gone after it.
  test('keys are unavailable: 503 with Retry-After, and known keys go on', async () => {
    const known = tokenFor('todo:read');
    issuer.rotate();
    const unknown = tokenFor('todo:read');
    await issuer.close();
    for (const [name, , send] of GUARDED) {
      const good = send(known);
      expect((await ask(name, good.path, { headers: good.headers })).status).toBe(200);
      const { path, headers } = send(unknown);
      const answer = await ask(name, path, { headers });
      expect([name, answer.status]).toEqual([name, 503]);
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(answer.headers.get('www-authenticate')).toBeNull();
    }
  });
});
