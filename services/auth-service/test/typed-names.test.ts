import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalNameOf } from '../src/names/canonical-name.ts';
import { skeletonOf } from '../src/names/skeleton.ts';
import { runCli } from './cli-process.ts';
import { type AuthService, auditTypes, PASSWORD, startAuthService } from './harness.ts';

let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService();
});
afterAll(() => auth.stop());

const register = (username: string, on: AuthService = auth) =>
  on.request('POST /register', { json: { username, password: PASSWORD } });
const loginAs = async (typed: string) => {
  const { status, body } = await auth.login(typed);
  if (status !== 200) return status;
  const token = body.access_token;
  return (await auth.request('GET /users/me', { token })).body.username;
};

test.each([
  ['a capital letter', 'Wangerge'],
  ['capital letters', 'WANGERGE'],
  ['a space behind it', 'wangerge '],
  ['spaces and line ends around it', ' \u3000wangerge\r\n'],
  ['full width', '\uff37\uff41\uff4e\uff47\uff45\uff52\uff47\uff45'],
])('login 200 as wangerge: %s', async (_, typed) => {
  expect(await loginAs(typed)).toBe('wangerge');
});

test.each([
  ['a Cyrillic а', 'w\u0430ngerge'],
  ['a digit for a letter', 'wangerg3'],
  ['a space within', 'wan gerge'],
  ['NUL behind it', 'wangerge\0'],
])('login 401: %s is another person', async (_, typed) => {
  expect(await loginAs(typed)).toBe(401);
});

test('login: a name that was registered in full width is found half-width, and the other way', async () => {
  const name = '\uff54\uff41\uff52\uff4f';
  expect((await register(name)).body.username).toBe(name);
  expect(await loginAs('taro')).toBe(name);
  expect(await loginAs('TARO ')).toBe(name);
});

test('login: two whose names differ in case alone, of older rules: the exact name, else nobody', async () => {
  const { passwordHash } = await auth.db.user.findUniqueOrThrow({
    where: { username: 'wangerge' },
  });
  const older = (username: string) => ({
    username,
    passwordHash,
    skeleton: username,
    canonicalName: canonicalNameOf(username),
  });
  await auth.db.user.createMany({ data: ['Casey', 'casey'].map(older) });
  expect(await loginAs('Casey')).toBe('Casey');
  expect(await loginAs('casey')).toBe('casey');
  expect(await loginAs('CASEY')).toBe(401);
});

test('login: a row of an older release, not renewed yet, is found by its exact name', async () => {
  const { passwordHash } = await auth.db.user.findUniqueOrThrow({
    where: { username: 'wangerge' },
  });
  await auth.db.user.create({
    data: { username: 'Early', skeleton: skeletonOf('Early'), passwordHash },
  });
  expect(await loginAs('Early')).toBe('Early');
  expect(await loginAs('early')).toBe(401);
});

test('login 401 is recorded under the name of the account', async () => {
  await auth.request('POST /token', { form: { username: 'Agent ', password: 'wrong password' } });
  const event = await auth.db.auditEvent.findFirst({
    where: { type: 'login.failed' },
    orderBy: { id: 'desc' },
  });
  expect(event?.subject).toBe('agent');
});

test.each([
  ['letters', 'x'.repeat(257)],
  ['a letter that is 18 once it is folded', '\ufdfa'.repeat(100)],
  ['the longest that a form holds', '\ufdfa'.repeat(1_780)],
])('login 400: too long for a username, %s', async (_, typed) => {
  const before = (await auditTypes(auth, 'login.failed')).length;
  const { status, body } = await auth.login(typed);
  expect([status, body]).toMatchObject([
    400,
    { error: 'invalid_request', detail: 'username is too long.' },
  ]);
  expect(await auditTypes(auth, 'login.failed')).toHaveLength(before);
});

test('register: spaces around a username are left out', async () => {
  expect((await register('  spacey ')).body.username).toBe('spacey');
  expect((await register('Spacey')).status).toBe(409);
});

test.each(['al', 'ada.lovelace+work@example.org', "o'neill@mail.example.co.uk", 'x'.repeat(64)])(
  'register 201, login 200: %s',
  async (username) => {
    expect((await register(username)).status).toBe(201);
    expect(await loginAs(username)).toBe(username);
  },
);

test('an address is found in any case, and by its look-alike by nobody', async () => {
  expect((await register('Grace@Example.org')).body.username).toBe('Grace@Example.org');
  expect(await loginAs('grace@example.ORG')).toBe('Grace@Example.org');
  expect(await loginAs('gr\u0430ce@example.org')).toBe(401);
  expect((await register('grace@examp1e.org')).status).toBe(409);
});

test.each([
  'a',
  'x'.repeat(65),
  'ada@',
  '@example.org',
  'ada@localhost',
  'ada@@example.org',
  'a b@example.org',
  '-ada@example.org',
  '..ada@example.org',
  'ada@example..org',
  `${'a'.repeat(250)}@example.org`,
  'ada\u202e@example.org',
  'ada\0@example.org',
])('register 400, in one sentence: %j', async (username) => {
  const { status, body } = await register(username);
  expect([status, body.errors]).toMatchObject([400, [{ field: 'username' }]]);
  expect(body.errors[0].detail).toMatch(/^must be 2 to 64 letters.*or an email address$/);
});

test('USERNAMES=emails and =names: what people may call themselves; an operator may do otherwise', async () => {
  const emails = await startAuthService({ env: { USERNAMES: 'emails' } });
  const names = await startAuthService({ env: { USERNAMES: 'names' } });
  const detail = async (username: string, on: AuthService) =>
    (await register(username, on)).body.detail;
  expect(await detail('ada', emails)).toBe('username: must be an email address');
  expect(await detail('ada@example.org', names)).toMatch(/underscores$/);
  expect((await register('ada@example.org', emails)).status).toBe(201);
  expect((await register('ada', names)).status).toBe(201);
  // The people of the demo are there all the same, and log in.
  expect((await emails.login('wangerge')).status).toBe(200);
  await Promise.all([emails.stop(), names.stop()]);
});

test('commands and searches find people however the name is typed', async () => {
  const run = (...args: string[]) => runCli(auth.scratch.url, args);
  await register('mail_er+x@example.org');
  const shown = JSON.parse((await run('users', 'show', ' Mail_Er+X@example.org', '--json')).stdout);
  expect(shown.username).toBe('mail_er+x@example.org');
  expect((await run('users', 'roles', 'MAIL_ER+x@example.org', 'user', 'agent')).stdout).toBe(
    'mail_er+x@example.org has the roles user, agent\n',
  );
  expect((await run('users', 'show', 'm\u0430il_er+x@example.org')).stderr).toBe(
    'auth: User not found.\n',
  );
  const token = (await auth.login('admin', { scope: 'admin' })).body.access_token;
  const find = async (search: string) => {
    const target = `/admin/users?search=${encodeURIComponent(search)}`;
    const { body } = await auth.request(`GET ${target}`, { token });
    return body.map(({ username }: { username: string }) => username);
  };
  expect(await find('MAIL_')).toEqual(['mail_er+x@example.org']);
  expect(await find('mail%')).toEqual([]);
  expect(await find('_')).toEqual([]);
  expect(await find('TAR')).toEqual(['\uff54\uff41\uff52\uff4f']);
}, 60_000);
