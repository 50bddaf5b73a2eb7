import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type AuthService,
  auditTypes,
  startAuthService,
  startInstance,
  testClock,
} from './harness.ts';

const clock = testClock();
let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService({ now: clock.now });
});
afterAll(() => auth.stop());

const login = async () => (await auth.login('wangerge')).body;
const refresh = (refresh_token: string, more: Record<string, string> = {}, instance = auth) =>
  instance.request('POST /token', {
    form: { grant_type: 'refresh_token', refresh_token, ...more },
  });

test('200: a successor and a new access token of the same session', async () => {
  const first = await login();
  const { status, headers, body } = await refresh(first.refresh_token);
  expect(status).toBe(200);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(body.refresh_token).not.toBe(first.refresh_token);
  expect(body.scope).toBe(first.scope);
  const sid = (token: string) => JSON.parse(atob(token.split('.')[1] ?? '')).sid;
  expect(sid(body.access_token)).toBe(sid(first.access_token));
});

test('200: a narrower scope for this token; the next may have all again, never more', async () => {
  const first = (await auth.login('wangerge', { scope: 'todo:read account:read' })).body;
  const narrow = (await refresh(first.refresh_token, { scope: 'todo:read' })).body;
  expect(narrow.scope).toBe('todo:read');
  const wide = (await refresh(narrow.refresh_token)).body;
  expect(wide.scope.split(' ').sort()).toEqual(['account:read', 'todo:read']);
  const more = await refresh(wide.refresh_token, { scope: 'todo:write' });
  expect([more.status, more.body.error]).toEqual([400, 'invalid_scope']);
});

test('200: what was granted by name stays granted, unless the role was removed', async () => {
  const first = (await auth.login('admin', { scope: 'admin account:read' })).body;
  const second = (await refresh(first.refresh_token)).body;
  expect(second.scope.split(' ').sort()).toEqual(['account:read', 'admin']);
  const where = { username: 'admin' };
  await auth.db.user.update({ where, data: { roles: ['user'] } });
  expect((await refresh(second.refresh_token)).body.scope).toBe('account:read');
  await auth.db.user.update({ where, data: { roles: ['user', 'admin'] } });
});

test('a retry within 10 s gets the same answer; another request does not', async () => {
  const first = await login();
  const { body } = await refresh(first.refresh_token);
  clock.forwardSeconds(10);
  expect((await refresh(first.refresh_token)).body).toEqual(body);
  const other = await refresh(first.refresh_token, { scope: 'todo:read' });
  expect([other.status, other.body.error]).toEqual([400, 'invalid_grant']);
  expect((await refresh(body.refresh_token)).status).toBe(200);
});

test.each([10.001, 45, 600, 900])(
  'a lost answer is made up for after %d s: the login goes on',
  async (seconds) => {
    const first = await login();
    const { body: lost } = await refresh(first.refresh_token);
    clock.forwardSeconds(seconds);
    const { status, body } = await refresh(first.refresh_token);
    expect(status).toBe(200);
    expect(body.scope).toBe(lost.scope);
    expect(body.refresh_token).not.toBe(lost.refresh_token);
    const exp = JSON.parse(atob(body.access_token.split('.')[1] ?? '')).exp;
    expect(exp).toBe(Math.floor(clock.now() / 1000) + body.expires_in);
    expect((await refresh(first.refresh_token)).body).toEqual(body);
    expect((await refresh(body.refresh_token)).status).toBe(200);
  },
);

test('answers lost again and again, at every step', async () => {
  let { refresh_token } = await login();
  for (let step = 0; step < 3; step++) {
    for (let lost = 0; lost < 4; lost++) {
      expect((await refresh(refresh_token)).status).toBe(200);
      clock.forwardSeconds(200);
    }
    ({ refresh_token } = (await refresh(refresh_token)).body);
  }
  expect((await refresh(refresh_token)).status).toBe(200);
});

const over = async (...tokens: string[]) => {
  for (const token of tokens) {
    const { status, body } = await refresh(token);
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
  }
};

test.each([
  { what: 'once its successor was used', seconds: 10.001, isUsed: true },
  { what: 'after the time for a retry', seconds: 900.001, isUsed: false },
  { what: 'by another request', seconds: 10.001, isUsed: false, scope: 'todo:read' },
])('a second use ends the family and is in the audit: $what', async (row) => {
  const { seconds, isUsed, scope } = row;
  const before = await auditTypes(auth, 'refresh_token.');
  const first = await login();
  let { body: last } = await refresh(first.refresh_token);
  if (isUsed) last = (await refresh(last.refresh_token)).body;
  clock.forwardSeconds(seconds);
  const again = await refresh(first.refresh_token, scope ? { scope } : {});
  expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
  await over(last.refresh_token, first.refresh_token);
  expect(await auditTypes(auth, 'refresh_token.')).toEqual([...before, 'refresh_token.reused']);
});

test('a successor that a retry replaced ends the family', async () => {
  const first = await login();
  const { body: held } = await refresh(first.refresh_token);
  clock.forwardSeconds(60);
  const { body: retried } = await refresh(first.refresh_token);
  await over(held.refresh_token, retried.refresh_token, first.refresh_token);
});

test('a retry gets what the person may have by now', async () => {
  const scope = 'admin todo:read';
  const first = (await auth.login('admin', { scope })).body;
  expect((await refresh(first.refresh_token, { scope })).body.scope.split(' ')).toContain('admin');
  clock.forwardSeconds(60);
  await auth.db.user.update({ where: { username: 'admin' }, data: { roles: ['user'] } });
  const { body } = await refresh(first.refresh_token, { scope });
  await auth.db.user.update({ where: { username: 'admin' }, data: { roles: ['user', 'admin'] } });
  expect(body.scope).toBe('todo:read');
});

test('an answer is forgotten once the next token has been used', async () => {
  const sealed = () => auth.db.refreshToken.count({ where: { sealedAnswer: { not: null } } });
  await auth.db.refreshToken.updateMany({ data: { sealedAnswer: null } });
  let { refresh_token } = await login();
  for (let use = 0; use < 3; use++) {
    clock.forwardSeconds(11);
    ({ refresh_token } = (await refresh(refresh_token)).body);
    expect(await sealed()).toBe(1);
  }
});

test('no usable token rests in the database', async () => {
  const first = await login();
  const { body } = await refresh(first.refresh_token);
  const { rows } = await auth.pool.query('SELECT t::text AS text FROM refresh_token t');
  const dump = rows.map(({ text }) => text).join('\n');
  for (const secret of [first.refresh_token, body.refresh_token, body.access_token]) {
    expect(dump).not.toContain(Buffer.from(secret).toString('hex'));
    expect(dump).not.toContain(secret);
  }
});

test('sliding and absolute ends', async () => {
  const unused = await login();
  clock.forwardSeconds(14 * 86_400);
  expect((await refresh(unused.refresh_token)).body.error).toBe('invalid_grant');
  const { access_token: token } = await login();
  const { body: sessions } = await auth.request('GET /sessions', { token });
  expect(sessions).toHaveLength(1);
  let { refresh_token } = await login();
  for (let day = 0; day < 84; day += 12) {
    clock.forwardSeconds(12 * 86_400);
    ({ refresh_token } = (await refresh(refresh_token)).body);
    expect(refresh_token).toMatch(/^rt_/);
  }
  clock.forwardSeconds(6 * 86_400);
  expect((await refresh(refresh_token)).body.error).toBe('invalid_grant');
});

test('a deactivated person gets nothing more', async () => {
  const { refresh_token } = (await auth.login('agent')).body;
  await auth.db.user.update({ where: { username: 'agent' }, data: { deactivatedAt: new Date() } });
  expect((await refresh(refresh_token)).body.error).toBe('invalid_grant');
  expect((await auth.login('agent')).status).toBe(401);
});

test.each(['rt_unknown', `rt_${'A'.repeat(43)}`, 'x'.repeat(2_000)])('400: %s', async (token) => {
  const { status, body } = await refresh(token);
  expect([status, body.error]).toEqual([400, 'invalid_grant']);
});

/** Twenty uses, spread over five instances. */
async function atOnce(tokenOf: (i: number) => string) {
  const start = () => startInstance(auth.scratch.url, { now: clock.now });
  const instances = await Promise.all(Array.from({ length: 5 }, start));
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => refresh(tokenOf(i), {}, instances[i % 5] as AuthService)),
  );
  for (const instance of instances) await instance.stop();
  return answers;
}

test('twenty uses at once over five instances: one successor, one live family', async () => {
  const { refresh_token } = await login();
  const answers = await atOnce(() => refresh_token);
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  const successor = answers[0]?.body.refresh_token;
  expect((await refresh(successor)).status).toBe(200);
});

test('twenty late retries at once over five instances: one successor', async () => {
  const { refresh_token } = await login();
  await refresh(refresh_token);
  clock.forwardSeconds(60);
  const answers = await atOnce(() => refresh_token);
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect((await refresh(answers[0]?.body.refresh_token)).status).toBe(200);
});

test('twenty uses of two generations at once over five instances: the family is over', async () => {
  const first = await login();
  const { body } = await refresh(first.refresh_token);
  clock.forwardSeconds(11);
  const answers = await atOnce((i) => (i % 2 ? first.refresh_token : body.refresh_token));
  const left = answers.filter(({ status }) => status === 200).map((a) => a.body.refresh_token);
  for (const token of new Set(left))
    expect((await refresh(token)).body.error).toBe('invalid_grant');
  expect((await refresh(body.refresh_token)).body.error).toBe('invalid_grant');
});
