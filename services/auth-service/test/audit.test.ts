import { nextLink } from '@latchkey/service-kit/testing/harness';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, startAuthService } from './harness.ts';

let auth: AuthService;
let token: string;
beforeAll(async () => {
  auth = await startAuthService();
  token = await auth.adminToken();
});
afterAll(() => auth.stop());

const read = (query = '') => auth.request(`GET /admin/audit${query}`, { token });
type Event = { id: string; type: string; subject: string; at: string };

test('the newest first, with who, whom, from where and the request', async () => {
  const failed = await auth.login('wangerge', { password: 'not this one' });
  const { status, body } = await read();
  expect(status).toBe(200);
  expect(body[0]).toMatchObject({
    type: 'login.failed',
    actor: null,
    subject: 'wangerge',
    client_id: 'latchkey-web',
    requestId: failed.headers.get('x-request-id'),
  });
  expect(body[0].address).toMatch(/127\.0\.0\.1$/);
  expect(JSON.stringify(body)).not.toContain('not this one');
});

test('filters: type, the first part of one, subject, actor, client and time', async () => {
  const types = async (query: string) => [
    ...new Set(((await read(query)).body as Event[]).map(({ type }) => type)),
  ];
  expect(await types('?type=user.registered')).toEqual(['user.registered']);
  expect(await types('?type=login.&subject=admin')).toEqual(['login.succeeded']);
  expect(await types('?actor=agent')).toEqual(['user.registered']);
  expect(await types('?client_id=latchkey-web&subject=admin')).toEqual(['login.succeeded']);
  const from = new Date(Date.now() + 60_000).toISOString();
  expect(await types(`?since=${from}`)).toEqual([]);
  expect(await types(`?until=${from}&type=user.`)).toEqual(['user.registered']);
});

test('pages: each event once, though new ones come in between', async () => {
  const seen: string[] = [];
  const all = ((await read('?limit=200')).body as Event[]).map(({ id }) => id);
  for (let next: string | undefined = '/admin/audit?limit=2'; next !== undefined; ) {
    const page = await auth.request(`GET ${next}`, { token });
    seen.push(...(page.body as Event[]).map(({ id }) => id));
    await auth.login('wangerge');
    next = nextLink(page.headers);
  }
  expect(seen).toEqual(all);
});

test.each(['?type=LOGIN', '?since=yesterday', '?cursor=x', '?limit=0', '?actor='])(
  'audit 400: %s',
  async (query) => {
    const { status, body } = await read(query);
    expect([status, body.code]).toEqual([400, 'invalid_request']);
  },
);

test('audit 401 and 403', async () => {
  expect((await auth.request('GET /admin/audit')).status).toBe(401);
  const person = (await auth.login('wangerge')).body.access_token;
  expect((await auth.request('GET /admin/audit', { token: person })).status).toBe(403);
});
