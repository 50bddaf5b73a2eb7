import { hash as bcrypt } from '@node-rs/bcrypt';
import { dictionary } from '@zxcvbn-ts/language-common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { skeletonOf } from '../src/names/skeleton.ts';
import { fold } from '../src/passwords/common-passwords.ts';
import { type AuthService, PASSWORD, startAuthService } from './harness.ts';

let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService();
});
afterAll(() => auth.stop());

test.each(['test1234', 'TEST1234', 'Password1234', '12345678', 'qwertyuiop'])(
  'register 400: %s is a common password, and the answer says so without it',
  async (password) => {
    const json = { username: 'newcomer', password };
    const { status, body, text } = await auth.request('POST /register', { json });
    expect([status, body.code]).toEqual([400, 'invalid_request']);
    expect(body.errors).toMatchObject([{ field: 'password' }]);
    expect(text).toContain('most common passwords');
    expect(text).not.toContain(password);
  },
);

test('the list of common passwords is folded as what it is compared with', () => {
  expect(dictionary['passwords-common'].filter((entry) => fold(entry) !== entry)).toEqual([]);
});

test('password change 400: to a common one', async () => {
  const { access_token: token } = (await auth.login('wangerge')).body;
  const json = { currentPassword: PASSWORD, newPassword: 'trustno1' };
  const { status, body } = await auth.request('PUT /users/me/password', { token, json });
  expect([status, body.errors]).toMatchObject([400, [{ field: 'newPassword' }]]);
});

const login = (username: string, password: string) =>
  auth.request('POST /token', { form: { username, password } });

const hashOf = async (username: string) =>
  (await auth.db.user.findUniqueOrThrow({ where: { username } })).passwordHash;

async function personWith(username: string, passwordHash: string) {
  await auth.db.user.create({ data: { username, skeleton: skeletonOf(username), passwordHash } });
}

test.each(['2a', '2b', '2y'] as const)(
  'a hash of bcrypt $%s$ is good once, then replaced',
  async (version) => {
    const username = `legacy.${version}`;
    await personWith(username, await bcrypt('an old pässword', { cost: 4, version }));
    expect((await login(username, 'an old password')).status).toBe(401);
    expect(await hashOf(username)).toMatch(/^\$2/);
    expect((await login(username, 'an old pässword')).status).toBe(200);
    expect(await hashOf(username)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await login(username, 'an old pässword'.normalize('NFD'))).status).toBe(200);
    expect((await login(username, 'an old password')).status).toBe(401);
  },
);

test('a hash that passlib wrote', async () => {
  const hash = '$2b$12$GhvMmNVjRW29ulnudl.LbuAnUtN/LRfe1JsBm1Xu6LE3059z5Tr8m';
  await personWith('passlib', hash);
  expect((await login('passlib', 'password')).status).toBe(200);
});

test('bcrypt saw 72 bytes and no NUL: the rest counts once the hash is replaced', async () => {
  const first = 'é'.repeat(36);
  await personWith('longwinded', await bcrypt(`${first} and on`, { cost: 4 }));
  expect((await login('longwinded', `${first}\0`)).status).toBe(401);
  expect((await login('longwinded', `${first} and on`)).status).toBe(200);
  expect((await login('longwinded', first)).status).toBe(401);
  expect((await login('longwinded', `${first} and on`)).status).toBe(200);
});

test('typed decomposed, hashed decomposed', async () => {
  await personWith('typist', await bcrypt('cafe\u0301 noir', { cost: 4 }));
  expect((await login('typist', 'cafe\u0301 noir')).status).toBe(200);
  expect((await login('typist', 'caf\u00e9 noir')).status).toBe(200);
});

test('a password change with a hash of bcrypt', async () => {
  await personWith('mover', await bcrypt('an old password', { cost: 4 }));
  const token = (await login('mover', 'an old password')).body.access_token;
  const json = { currentPassword: 'an old password', newPassword: PASSWORD };
  expect((await auth.request('PUT /users/me/password', { token, json })).status).toBe(204);
  expect((await auth.login('mover')).status).toBe(200);
});
