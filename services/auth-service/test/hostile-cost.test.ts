import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, startAuthService } from './harness.ts';

/** Of the thread of the event loop, beyond what an ordinary login that fails takes. */
const MAX_COST_MS = 5;
const TRIES = 25;

let auth: AuthService;
let ordinary: number;
beforeAll(async () => {
  const free = '1000000';
  auth = await startAuthService({
    env: {
      LOGIN_FREE_FAILURES: '1000',
      LOGIN_FAILURES_PER_ACCOUNT: '100000',
      LOGIN_FAILURES_PER_ADDRESS: '100000',
      REGISTRATIONS_PER_ADDRESS: free,
      REFRESHES_PER_ADDRESS: free,
    },
  });
  const wrong = form({ username: 'wangerge', password: 'not their password' });
  await cost('POST /token', FORM, wrong);
  ordinary = await cost('POST /token', FORM, wrong);
});
afterAll(() => auth.stop());

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

/** The mean, for the clock of a thread may be a coarse one. The client's own share is in it. */
async function cost(line: string, type: string, body: string, headers = {}): Promise<number> {
  const before = process.threadCpuUsage();
  for (let i = 0; i < TRIES; i++) {
    await auth.request(line, { body, headers: { 'content-type': type, ...headers } });
  }
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000 / TRIES;
}

const EXPANDING = '\ufdfa';
const marks = (count: number) => `a${'\u0300'.repeat(count / 2)}${'\u0316'.repeat(count / 2)}`;
const form = (members: Record<string, string>) => new URLSearchParams(members).toString();
const register = (members: object) =>
  JSON.stringify({ username: 'newcomer', password: 'long enough', ...members });

test.each<[string, string, string, string, Record<string, string>?]>([
  [
    'a name that folds to 18 times as much',
    '/token',
    FORM,
    form({ username: EXPANDING.repeat(1_780), password: 'x' }),
  ],
  ['a name of marks', '/token', FORM, form({ username: marks(2_600), password: 'x' })],
  [
    'the longest name that is looked for',
    '/token',
    FORM,
    form({ username: `${marks(240)}${EXPANDING.repeat(14)}`, password: 'x' }),
  ],
  ['a password of marks', '/token', FORM, form({ username: 'wangerge', password: marks(2_600) })],
  [
    'a password of marks in rows',
    '/token',
    FORM,
    form({ username: 'wangerge', password: marks(64).repeat(38) }),
  ],
  [
    'a scope of many',
    '/token',
    FORM,
    form({ username: 'a', password: 'x', scope: 'a '.repeat(7_900) }),
  ],
  [
    'many resources',
    '/token',
    FORM,
    `${'resource=http://localhost:8080/x/'.padEnd(500, 'x')}&`.repeat(31),
  ],
  [
    'a long assertion',
    '/token',
    FORM,
    form({ client_assertion_type: 'x', client_assertion: '.'.repeat(16_000) }),
  ],
  ['a long client', '/token', FORM, form({ client_id: EXPANDING.repeat(1_780) })],
  ['a long token', '/revoke', FORM, form({ token: 'a.'.repeat(8_000) })],
  [
    'Basic credentials',
    '/token',
    FORM,
    '',
    { authorization: `Basic ${Buffer.from('%'.repeat(5_000)).toString('base64')}` },
  ],
  [
    'register: a name that folds',
    '/register',
    JSON_TYPE,
    register({ username: EXPANDING.repeat(21_000) }),
  ],
  ['register: a name of marks', '/register', JSON_TYPE, register({ username: marks(32_000) })],
  ['register: a name of 64 marks', '/register', JSON_TYPE, register({ username: marks(62) })],
  [
    'register: a password of marks',
    '/register',
    JSON_TYPE,
    register({ username: '-', password: marks(32_000) }),
  ],
  [
    'register: the longest password',
    '/register',
    JSON_TYPE,
    register({ username: '-', password: marks(4_094) }),
  ],
  [
    'register: many members',
    '/register',
    JSON_TYPE,
    `{${Array.from({ length: 7_000 }, (_, i) => `"${i}":0`).join()}}`,
  ],
  ['register: many items', '/register', JSON_TYPE, register({ username: Array(30_000).fill(0) })],
  ['register: deep', '/register', JSON_TYPE, '['.repeat(32_000) + ']'.repeat(32_000)],
  [
    'register: an address',
    '/register',
    JSON_TYPE,
    register({ username: `${'a.'.repeat(120)}@${'a-'.repeat(6)}` }),
  ],
])('without a token, %s', async (name, path, type, body, headers) => {
  const costMs = (await cost(`POST ${path}`, type, body, headers)) - ordinary;
  if (process.env.SHOW_COST) process.stdout.write(`${costMs.toFixed(1)} ms ${name}\n`);
  expect(costMs).toBeLessThan(MAX_COST_MS);
});
