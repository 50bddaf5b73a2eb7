import { networkOf } from '@latchkey/service-kit/http/client-network';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { systemCaller } from '../src/caller.ts';
import {
  type AuthService,
  auditTypes,
  type Instance,
  PASSWORD,
  startAuthService,
  startInstance,
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
  instance: Pick<Instance, 'request'>,
  address: string,
  username: string,
  password = PASSWORD,
) =>
  instance.request('POST /token', {
    form: { username, password },
    headers: { 'X-Forwarded-For': address },
  });

test('free failures, then a wait that doubles, over all instances; others are not held up', async () => {
  const auth = await start({ LOGIN_FREE_FAILURES: '2' });
  const other = await startInstance(auth.scratch.url, {
    env: { TRUSTED_PROXIES: 'loopback', LOGIN_FREE_FAILURES: '2' },
  });
  running.push(other);
  const guess = (instance: Instance) => loginFrom(instance, '192.0.2.1', 'wangerge', 'wrong');
  expect([(await guess(auth)).status, (await guess(other)).status]).toEqual([401, 401]);
  expect((await guess(auth)).status).toBe(401);
  const refused = await guess(other);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.body).toEqual({
    error: 'temporarily_unavailable',
    error_description: 'Too many attempts. Try again in 1 second.',
    detail: 'Too many attempts. Try again in 1 second.',
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

test('unknown people are held up like known ones', async () => {
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

const HOME = '198.51.100.7';
const AWAY = '192.0.2.99';

describe('under attack', () => {
  let auth: AuthService;
  beforeAll(async () => {
    auth = await startAuthService({
      env: {
        TRUSTED_PROXIES: 'loopback',
        LOGIN_FREE_FAILURES: '3',
        LOGIN_FAILURES_PER_ACCOUNT: '4',
        LOGIN_FAILURES_PER_ADDRESS: '6',
      },
    });
  });
  afterAll(() => auth.stop());
  beforeEach(async () => {
    await auth.pool.query('TRUNCATE rate_limit');
    expect((await loginFrom(auth, HOME, 'wangerge')).status).toBe(200);
  });

  const attacks = {
    'its address': () => guessAtMany(HOME),
    'its account': () => guessFromMany('wangerge'),
    'both at once': () => Promise.all([guessAtMany(HOME), guessFromMany('wangerge')]),
  };
  const guessAtMany = async (address: string) => {
    for (let at = 0; at < 6; at++) await loginFrom(auth, address, `person${at}`, 'wrong');
  };
  const guessFromMany = async (username: string) => {
    for (let at = 1; at <= 9; at++) await loginFrom(auth, `192.0.2.${at}`, username, 'wrong');
    await holdGates();
  };
  /** However slow the machine is, what waits for a second still waits. */
  const holdGates = () =>
    auth.pool.query("UPDATE rate_limit SET expire = $1 WHERE key LIKE '%-gate:%'", [
      Date.now() + 60_000,
    ]);

  test.each(['its address', 'its account', 'both at once'] as const)(
    'a known pair passes with the right password: %s',
    async (attacked) => {
      await attacks[attacked]();
      expect((await loginFrom(auth, HOME, 'wangerge', 'wrong')).status).toBe(401);
      expect((await loginFrom(auth, HOME, 'wangerge')).status).toBe(200);
    },
  );

  test.each([
    { what: 'another account at the address', attacked: 'its address', from: HOME, at: 'agent' },
    { what: 'nobody at the address', attacked: 'its address', from: HOME, at: 'nobody' },
    { what: 'the account elsewhere', attacked: 'its account', from: AWAY, at: 'wangerge' },
  ] as const)('429 with the right password as with a wrong one: $what', async (row) => {
    await attacks[row.attacked]();
    const right = await loginFrom(auth, row.from, row.at);
    const wrong = await loginFrom(auth, row.from, row.at, 'wrong');
    expect([right.status, wrong.status]).toEqual([429, 429]);
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('a known pair pays for its own failures, and so does its address', async () => {
    for (let at = 0; at < 4; at++) {
      expect((await loginFrom(auth, HOME, 'wangerge', 'wrong')).status).toBe(401);
    }
    await holdGates();
    expect((await loginFrom(auth, HOME, 'wangerge', 'wrong')).status).toBe(429);
    expect((await loginFrom(auth, HOME, 'wangerge')).status).toBe(429);
    for (let at = 0; at < 2; at++) await loginFrom(auth, HOME, `person${at}`, 'wrong');
    expect((await loginFrom(auth, HOME, 'agent')).status).toBe(429);
  });

  test('many right logins at once count as no failure, refused ones included', async () => {
    const many = Array.from({ length: 15 }, () => loginFrom(auth, AWAY, 'agent'));
    expect(new Set((await Promise.all(many)).map(({ status }) => status))).toContain(200);
    const { rows } = await auth.pool.query(
      "SELECT points FROM rate_limit WHERE key LIKE 'login-address:%' OR key LIKE 'login-pair:%'",
    );
    expect(rows.filter(({ points }) => points !== 0)).toEqual([]);
    expect((await loginFrom(auth, AWAY, 'admin')).status).toBe(200);
  });

  test('what an expired counter held is not given back to the next', async () => {
    await loginFrom(auth, AWAY, 'agent', 'wrong');
    await auth.pool.query('UPDATE rate_limit SET expire = $1', [Date.now() + 200]);
    const caller = { ...systemCaller, address: AWAY };
    const attempt = await auth.limits.beginLogin({ username: 'agent', caller });
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, 250);
    await promise;
    expect((await loginFrom(auth, AWAY, 'agent', 'wrong')).status).toBe(401);
    await attempt.close();
    const { rows } = await auth.pool.query(
      "SELECT points FROM rate_limit WHERE key IN ('login-address:192.0.2.99')",
    );
    expect(rows).toEqual([{ points: 1 }]);
  });

  test('every login keeps its pair known', async () => {
    const tomorrow = Date.now() + 86_400_000;
    const known = "key LIKE 'login-known:%'";
    await auth.pool.query(`UPDATE rate_limit SET expire = $1 WHERE ${known}`, [tomorrow]);
    expect((await loginFrom(auth, HOME, 'wangerge')).status).toBe(200);
    const { rows } = await auth.pool.query(`SELECT expire FROM rate_limit WHERE ${known}`);
    expect(Number(rows[0].expire)).toBeGreaterThan(tomorrow + 80 * 86_400_000);
  });
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

const turn = (at: number) => `203.0.113.${at}`;
test.each([
  { what: 'no proxy trusted', proxies: '', header: 'X-Forwarded-For', value: turn },
  { what: 'another proxy', proxies: '203.0.113.1', header: 'X-Forwarded-For', value: turn },
  {
    what: 'what it sends through a proxy',
    proxies: 'loopback',
    header: 'X-Forwarded-For',
    value: (at: number) => `${turn(at)}, 192.0.2.1`,
  },
  {
    what: 'RFC 7239',
    proxies: 'loopback',
    header: 'Forwarded',
    value: (at: number) => `for=${turn(at)}`,
  },
  { what: 'a name of others', proxies: 'loopback', header: 'X-Real-IP', value: turn },
])('a header of the client moves it nowhere: $what', async ({ proxies, header, value }) => {
  const auth = await start({ TRUSTED_PROXIES: proxies, LOGIN_FAILURES_PER_ADDRESS: '2' });
  const statuses = [];
  for (let at = 1; at <= 3; at++) {
    const form = { username: `person${at}`, password: 'wrong' };
    const headers = { [header]: value(at) };
    statuses.push((await auth.request('POST /token', { form, headers })).status);
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
  const change = (currentPassword: string) => {
    const json = { currentPassword, newPassword: 'otter-below-the-weir' };
    return auth.request('PUT /users/me/password', { token, json });
  };
  const remove = (currentPassword: string) =>
    auth.request('DELETE /users/me', { token, json: { currentPassword } });
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
    await attempt.close();
  } finally {
    await server.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`);
    await server.end();
  }
  await expect.poll(points, { timeout: 10_000 }).toBe(0);
});
