import { Client } from 'pg';
import { afterEach, expect, inject, test } from 'vitest';
import { systemCaller } from '../src/caller.ts';
import { networkOf } from '../src/limits/caller-network.ts';
import {
  type AuthService,
  auditTypes,
  type Copy,
  PASSWORD,
  startAuthService,
  startCopy,
} from './harness.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function start(env: Record<string, string> = {}): Promise<AuthService> {
  const auth = await startAuthService({ env: { TRUSTED_PROXIES: 'loopback', ...env } });
  running.push(auth);
  return auth;
}

const loginFrom = (
  copy: Pick<Copy, 'request'>,
  address: string,
  username: string,
  password = PASSWORD,
) =>
  copy.request('POST /token', {
    form: { username, password },
    headers: { 'X-Forwarded-For': address },
  });

test('free failures, then a wait that doubles, over all copies; others are not held up', async () => {
  const auth = await start({ LOGIN_FREE_FAILURES: '2' });
  const other = await startCopy(auth.scratch.url, {
    env: { TRUSTED_PROXIES: 'loopback', LOGIN_FREE_FAILURES: '2' },
  });
  running.push(other);
  const guess = (copy: Copy) => loginFrom(copy, '192.0.2.1', 'wangerge', 'wrong');
  expect([(await guess(auth)).status, (await guess(other)).status]).toEqual([401, 401]);
  expect((await guess(auth)).status).toBe(401);
  const refused = await guess(other);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.body).toEqual({
    error: 'temporarily_unavailable',
    error_description: 'Too many tries. Try again in 1 second.',
    detail: 'Too many tries. Try again in 1 second.',
  });
  expect((await loginFrom(auth, '192.0.2.1', 'wangerge')).status).toBe(429);
  expect((await loginFrom(auth, '192.0.2.1', 'agent')).status).toBe(200);
  expect((await loginFrom(auth, '192.0.2.2', 'wangerge')).status).toBe(200);
  await expect.poll(async () => (await guess(auth)).status, { timeout: 5_000 }).toBe(401);
  const longer = Number((await guess(other)).headers.get('retry-after'));
  expect(longer).toBe(2);
  expect(await auditTypes(auth, 'login.failed')).toHaveLength(4);
});

test('a success within the wait is refused, after it all is forgotten', async () => {
  const auth = await start({ LOGIN_FREE_FAILURES: '1', LOGIN_BACKOFF_MAX_SECONDS: '1' });
  for (let at = 0; at < 2; at++) await loginFrom(auth, '192.0.2.1', 'wangerge', 'wrong');
  await expect
    .poll(async () => (await loginFrom(auth, '192.0.2.1', 'wangerge')).status, { timeout: 5_000 })
    .toBe(200);
  expect((await loginFrom(auth, '192.0.2.1', 'wangerge', 'wrong')).status).toBe(401);
  expect((await loginFrom(auth, '192.0.2.1', 'wangerge')).status).toBe(200);
});

test('nobody is told apart: unknown people are held up alike', async () => {
  const auth = await start({ LOGIN_FREE_FAILURES: '1' });
  const statuses = async (username: string) => {
    const answers = [];
    for (let at = 0; at < 4; at++) answers.push(await loginFrom(auth, '192.0.2.1', username, 'no'));
    return answers.map(({ status, body }) => [status, body.detail]);
  };
  expect(await statuses('nobody-at-all')).toEqual(await statuses('agent'));
  expect((await statuses('AGENT')).map(([status]) => status)).toEqual([429, 429, 429, 429]);
});

test('of many guesses at once no more pass than one after another', async () => {
  const auth = await start({ LOGIN_FREE_FAILURES: '3' });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => loginFrom(auth, '192.0.2.1', 'wangerge', 'wrong')),
  );
  const tried = answers.filter(({ status }) => status === 401).length;
  expect(tried).toBeGreaterThanOrEqual(3);
  expect(tried).toBeLessThanOrEqual(4);
});

test('strangers everywhere do not keep out who logged in from here before', async () => {
  const auth = await start({ LOGIN_FAILURES_PER_ACCOUNT: '4' });
  expect((await loginFrom(auth, '198.51.100.7', 'wangerge')).status).toBe(200);
  const statuses = [];
  for (let at = 1; at <= 8; at++) {
    statuses.push((await loginFrom(auth, `192.0.2.${at}`, 'wangerge', 'wrong')).status);
  }
  expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
  expect(statuses).toContain(429);
  expect((await loginFrom(auth, '198.51.100.7', 'wangerge')).status).toBe(200);
});

test('one address that tries many accounts has to stop', async () => {
  const auth = await start({ LOGIN_FAILURES_PER_ADDRESS: '3' });
  const statuses = [];
  for (let at = 0; at < 4; at++) {
    statuses.push((await loginFrom(auth, '192.0.2.1', `person${at}`, 'wrong')).status);
  }
  expect(statuses).toEqual([401, 401, 401, 429]);
  expect((await loginFrom(auth, '192.0.2.2', 'wangerge')).status).toBe(200);
});

test('a header of a stranger moves nobody elsewhere', async () => {
  const auth = await start({ TRUSTED_PROXIES: '203.0.113.1', LOGIN_FAILURES_PER_ADDRESS: '2' });
  const statuses = [];
  for (let at = 0; at < 3; at++) {
    statuses.push((await loginFrom(auth, `192.0.2.${at}`, 'wangerge', 'wrong')).status);
  }
  expect(statuses).toEqual([401, 401, 429]);
});

test('register and refresh are limited by address', async () => {
  const auth = await start({ REGISTRATIONS_PER_ADDRESS: '2', REFRESHES_PER_ADDRESS: '2' });
  const statuses = [];
  for (const username of ['ada.one', 'ada.two', 'ada.three']) {
    const json = { username, password: PASSWORD };
    const { status, headers } = await auth.request('POST /register', { json });
    statuses.push(status, headers.has('retry-after'));
  }
  expect(statuses).toEqual([201, false, 201, false, 429, true]);
  let { refresh_token } = (await auth.login('wangerge')).body;
  const refresh = () =>
    auth.request('POST /token', { form: { grant_type: 'refresh_token', refresh_token } });
  for (let at = 0; at < 2; at++) ({ refresh_token } = (await refresh()).body);
  const refused = await refresh();
  expect([refused.status, refused.body.error]).toEqual([429, 'temporarily_unavailable']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
});

test('the counters broken: an error of ours, nobody is let through', async () => {
  const auth = await start();
  await auth.pool.query('ALTER TABLE rate_limit RENAME TO elsewhere');
  expect((await auth.login('wangerge')).status).toBe(500);
  await auth.pool.query('ALTER TABLE elsewhere RENAME TO rate_limit');
  expect((await auth.login('wangerge')).status).toBe(200);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2:ffff::1', '2001:db8:1:2'],
  [undefined, 'unknown'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('guessing the password with a stolen token is limited as a login is', async () => {
  const auth = await start({ LOGIN_FREE_FAILURES: '2' });
  const { access_token: token } = (await auth.login('wangerge')).body;
  const change = (current_password: string) => {
    const json = { current_password, new_password: 'otter-below-the-weir' };
    return auth.request('PUT /users/me/password', { token, json });
  };
  const remove = (current_password: string) =>
    auth.request('DELETE /users/me', { token, json: { current_password } });
  expect([(await change('wrong')).status, (await remove('wrong')).status]).toEqual([403, 403]);
  expect((await change('wrong')).status).toBe(403);
  const refused = await remove(PASSWORD);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect((await change(PASSWORD)).status).toBe(429);
  expect(await auditTypes(auth, 'login.failed')).toHaveLength(3);
  await expect.poll(async () => (await change(PASSWORD)).status, { timeout: 5_000 }).toBe(204);
});

test.each([
  { what: 'it breaks the login off', outcome: 'abandoned' },
  { what: 'it comes once the password was found right', outcome: 'succeeded' },
])('an outage in mid-login counts as no failure in the end: $what', async ({ outcome }) => {
  const auth = await start();
  const name = new URL(auth.scratch.url).pathname.slice(1);
  const server = new Client({ connectionString: inject('postgresUrl') });
  await server.connect();
  const points = async () => {
    const { rows } = await auth.pool.query(`
      SELECT coalesce(sum(points), 0)::int AS points FROM rate_limit
      WHERE key NOT LIKE 'login-known:%'`);
    return rows[0].points;
  };
  try {
    const attempt = await auth.limits.beginLogin({
      username: 'wangerge',
      caller: systemCaller,
    });
    expect(await points()).toBe(3);
    await server.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`);
    await server.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1',
      [name],
    );
    if (outcome === 'succeeded') await attempt.succeed();
    await attempt.abandon();
  } finally {
    await server.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`);
    await server.end();
  }
  await expect.poll(points, { timeout: 10_000 }).toBe(0);
});
