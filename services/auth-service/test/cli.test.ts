import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCli } from './cli-process.ts';
import { type AuthService, PASSWORD, startAuthService, testClock } from './harness.ts';
import { startReceiver } from './logout-receiver.ts';

// A dozen processes a test, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

/** The program has the clock of the machine; keys made two days ago are ready to sign. */
const clock = testClock(Date.now() - 2 * 86_400_000);
let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService({ now: clock.now });
  clock.forwardSeconds(2 * 86_400);
});
afterAll(() => auth.stop());

const run = (args: string[], input?: string) => runCli(auth.scratch.url, args, input);
const json = async (...args: string[]) => JSON.parse((await run([...args, '--json'])).stdout);

test('users create: the first administrator, with the password on standard input', async () => {
  const made = await run(
    ['users', 'create', 'support', '--role', 'admin', '--password-stdin'],
    `${PASSWORD}\n`,
  );
  expect(made).toEqual({ code: 0, stdout: 'support created (user, admin)\n', stderr: '' });
  const token = await auth.adminToken('support');
  expect((await auth.request('GET /admin/users', { token })).status).toBe(200);
  const [event] = await json('audit', '--type', 'user.registered', '--subject', 'support');
  expect(event).toMatchObject({ type: 'user.registered', subject: 'support' });
  expect(event.actor).toMatch(/^cli:/);
});

test.each([
  ['a name that is none', ['x'], PASSWORD, /^auth: must be 2 to 64 letters/],
  ['a common password', ['newcomer'], 'password1', /^auth: password is one of the most common/],
  ['a taken name', ['wangerge'], PASSWORD, /^auth: This username is taken\.$/],
  [
    'the username',
    ['quillfeather'],
    'QuillFeather',
    /^auth: The password is the same as the username/,
  ],
  ['the name of a service', ['todo-service'], PASSWORD, /^auth: This username is taken\.$/],
])('users create refuses %s in one line', async (_, args, password, message) => {
  const { code, stdout, stderr } = await run(
    ['users', 'create', ...args, '--password-stdin'],
    password,
  );
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.trim()).toMatch(message);
});

test('users create asks for a password only where a person can answer', async () => {
  const { code, stderr } = await run(['users', 'create', 'newcomer']);
  expect([code, stderr]).toEqual([2, 'auth: Give the password with --password-stdin.\n']);
});

test('users: found, shown with sessions, control characters of a device name replaced', async () => {
  const form = { username: 'agent', password: PASSWORD };
  const device = 'Mozilla \x9b31m';
  await auth.request('POST /token', { form, headers: { 'User-Agent': device } });
  expect((await json('users', 'find', 'AGE'))[0]).toMatchObject({ username: 'agent' });
  expect((await run(['users', 'find', 'nobody-at-all'])).stdout).toBe('none\n');
  const limited = await run(['users', 'find', '--limit', '1']);
  expect(limited.stderr).toBe('more than 1: give the beginning of the name, or a higher --limit\n');
  const shown = await run(['users', 'show', 'agent']);
  expect(shown.stdout).toMatch(/username +agent\n/);
  expect(shown.stdout).toContain('Mozilla \uFFFD31m');
  const raw = (await run(['users', 'show', 'agent', '--json'])).stdout;
  expect(raw).not.toContain('\x9b');
  expect(JSON.parse(raw).sessions[0].device).toBe(device);
  expect((await run(['users', 'show', 'nobody-at-all'])).stderr).toBe('auth: User not found.\n');
});

test('users: roles, deactivate, reactivate, end-sessions, delete', async () => {
  await run(['users', 'create', 'newcomer', '--password-stdin'], PASSWORD);
  const { refresh_token } = (await auth.login('newcomer')).body;
  const refresh = () =>
    auth.request('POST /token', { form: { grant_type: 'refresh_token', refresh_token } });
  expect((await run(['users', 'roles', 'newcomer', 'user', 'agent'])).code).toBe(0);
  expect(decodeJwt((await auth.login('newcomer')).body.access_token).roles).toContain('agent');
  expect((await run(['users', 'roles', 'newcomer', 'king'])).stderr).toMatch(/^auth: .*user/);

  const asked = await run(['users', 'end-sessions', 'newcomer']);
  expect([asked.code, asked.stderr]).toEqual([
    2,
    'auth: newcomer is signed out everywhere. Say --yes to do it.\n',
  ]);
  expect((await json('users', 'show', 'newcomer')).sessions).toHaveLength(2);
  expect((await run(['users', 'end-sessions', 'newcomer', '--yes'])).code).toBe(0);
  expect((await refresh()).body.error).toBe('invalid_grant');

  expect((await run(['users', 'deactivate', 'newcomer', '--yes'])).code).toBe(0);
  expect((await auth.login('newcomer')).status).toBe(401);
  expect((await run(['users', 'reactivate', 'newcomer'])).code).toBe(0);
  expect((await auth.login('newcomer')).status).toBe(200);
  expect((await run(['users', 'delete', 'newcomer', '-y'])).stdout).toBe('newcomer deleted\n');
  expect((await auth.login('newcomer')).status).toBe(401);
  const events: { type: string; actor: string | null }[] = await json(
    'audit',
    '--subject',
    'newcomer',
  );
  const acts = events.filter(({ actor }) => actor?.startsWith('cli:')).map(({ type }) => type);
  expect(acts).toEqual([
    'user.deleted',
    'user.reactivated',
    'user.deactivated',
    'session.ended',
    'session.ended',
    'user.roles_changed',
    'user.registered',
  ]);
});

test('clients: created with a secret shown once, rotated, disabled', async () => {
  const made = await json(
    ...['clients', 'create', '--id', 'night-job', '--name', 'Night job'],
    ...['--grant', 'client_credentials', '--scope', 'todo:read'],
  );
  const grant = async (secret: string) => {
    const authorization = `Basic ${Buffer.from(`night-job:${secret}`).toString('base64')}`;
    const form = { grant_type: 'client_credentials' };
    return (await auth.request('POST /token', { form, headers: { authorization } })).status;
  };
  expect(await grant(made.client_secret)).toBe(200);
  expect(JSON.stringify(await json('clients', 'list'))).not.toContain(made.client_secret);
  const rotated = await json('clients', 'rotate-secret', 'night-job', '--yes');
  expect([await grant(made.client_secret), await grant(rotated.client_secret)]).toEqual([401, 200]);
  expect((await run(['clients', 'change', 'night-job', '--name', 'Day job'])).code).toBe(0);
  expect((await json('clients', 'show', 'night-job')).name).toBe('Day job');
  expect((await run(['clients', 'disable', 'night-job', '--yes'])).code).toBe(0);
  expect(await grant(rotated.client_secret)).toBe(401);
  expect((await run(['clients', 'enable', 'night-job'])).code).toBe(0);
  expect(await grant(rotated.client_secret)).toBe(200);
});

test('clients: told where their sessions end; the service hears of one that a command ends', async () => {
  const receiver = await startReceiver('told-by-command');
  await json(
    ...['clients', 'create', '--id', receiver.id, '--name', 'Told', '--authentication', 'none'],
    ...['--grant', 'password', '--scope', 'account:read', '--first-party'],
    ...['--backchannel-logout-uri', receiver.uri],
  );
  expect((await auth.login('agent', { client_id: receiver.id })).body).toMatchObject({
    scope: 'account:read',
  });
  expect((await run(['users', 'deactivate', 'agent', '--yes'])).code).toBe(0);
  await receiver.received(1, 2_500);
  expect(decodeJwt(receiver.tokens[0] ?? '').sub).toBe('agent');
  const change = (...args: string[]) => run(['clients', 'change', receiver.id, ...args]);
  const uri = async () => (await json('clients', 'show', receiver.id)).backchannel_logout_uri;
  expect((await change('--name', 'Told still')).code).toBe(0);
  expect(await uri()).toBe(receiver.uri);
  expect((await change('--no-backchannel-logout-uri')).code).toBe(0);
  expect(await uri()).toBeNull();
  await receiver.stop();
});

test('clients: what a request would refuse is refused, in one line', async () => {
  const refused = await run([
    ...['clients', 'create', '--name', 'X', '--grant', 'client_credentials'],
    ...['--scope', 'no:such'],
  ]);
  expect([refused.code, refused.stderr]).toEqual([
    2,
    'auth: scopes 0 is not a scope of any service\n',
  ]);
  const builtIn = await run(['clients', 'disable', 'latchkey-web', '--yes']);
  expect(builtIn.stderr).toMatch(/^auth: This client belongs to the system/);
});

test('keys: rotated and removed; the running service follows', async () => {
  const signer = async () =>
    decodeProtectedHeader((await auth.login('wangerge')).body.access_token).kid;
  const before = await signer();
  const published = async () => {
    const { keys } = (await auth.request('GET /.well-known/jwks.json')).body;
    return keys.map(({ kid }: { kid: string }) => kid);
  };
  expect((await run(['keys', 'rotate'])).stderr).toBe('');
  await expect.poll(signer, { timeout: 10_000 }).not.toBe(before);
  const again = await run(['keys', 'rotate']);
  expect(again.stderr).toBe('auth: The next key has not been published for long enough.\n');
  const states: { id: string; state: string }[] = await json('keys', 'list');
  expect(states.find(({ id }) => id === before)?.state).toBe('retiring');
  expect((await run(['keys', 'remove', String(before), '--yes'])).code).toBe(0);
  await expect.poll(published, { timeout: 10_000 }).not.toContain(before);
  expect((await run(['keys', 'remove', 'none', '--yes'])).stderr).toBe('auth: Key not found.\n');
});

test('audit: filters as those of the route, says when there is more', async () => {
  const one = await run(['audit', '--type', 'login.', '--limit', '1']);
  expect(one.stdout).toMatch(/login\.succeeded|login\.failed/);
  expect(one.stderr).toMatch(/^there are more: use --until 20/);
  expect((await run(['audit', '--type', 'x'])).stderr).toMatch(
    /^auth: type must be a type such as/,
  );
  expect((await run(['audit', '--limit', '0'])).stderr).toContain('whole number from 1 to 1000');
});
