import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountOperations } from '../src/accounts/account-operations.ts';
import { systemCaller } from '../src/caller.ts';
import { SKELETON_VERSION, skeletonOf } from '../src/names/skeleton.ts';
import { renewSkeletons } from '../src/names/skeleton-renewal.ts';
import { type AuthService, PASSWORD, startAuthService } from './harness.ts';

let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService();
});
afterAll(() => auth.stop());

const register = (username: string) =>
  auth.request('POST /register', { json: { username, password: PASSWORD } });

test.each([
  ['a Cyrillic а', 'w\u0430ngerge'],
  ['full width', '\uff57\uff41\uff4e\uff47\uff45\uff52\uff47\uff45'],
  ['mathematical letters', '𝔴𝔞𝔫𝔤𝔢𝔯𝔤𝔢'],
  ['other letters of case', 'WANGERGE'],
])('register 409: looks like a taken name, %s', async (_name, username) => {
  const { status, body } = await register(username);
  expect([status, body.code]).toEqual([409, 'username_taken']);
});

test.each([
  'root',
  'Postmaster',
  'support',
  'system',
  'latchkey',
  'null',
  'undefined',
  'abuse',
  'adm\u0456n',
  'agents',
  'r00t',
  'Supp0rt',
  'postmaster@example.org',
])('register 400: %s is reserved', async (username) => {
  const { status, body } = await register(username);
  expect([status, body.code]).toEqual([400, 'invalid_request']);
  expect(body.errors).toMatchObject([{ field: 'username' }]);
});

test('an operator may give out a reserved name', async () => {
  const accounts = accountOperations(auth.store, auth);
  const person = { username: 'webmaster', password: PASSWORD };
  expect(await accounts.register(person, { caller: systemCaller })).toMatchObject({
    username: 'webmaster',
  });
});

test.each([
  ['case', 'Ian', 'iAN'],
  ['a capital I and an l', 'Ian', 'lan'],
  ['rn and m', 'modern', 'modem'],
  ['Greek and Latin', 'οmega', 'omega'],
  ['composed or not', 'zo\u00eb', 'zoe\u0308'],
])('the same skeleton: %s', (_name, one, other) => {
  expect(skeletonOf(one)).toBe(skeletonOf(other));
});

test('another skeleton: other letters, other accents, other scripts that look otherwise', () => {
  const names = ['ada', 'adam', 'zoe', 'zo\u00eb', 'анна', 'anna', '王二', '王三', 'ada.b', 'adab'];
  expect(new Set(names.map(skeletonOf)).size).toBe(names.length);
});

test('people of older rules: skeletons are renewed, two who look alike both stay', async () => {
  const older = (username: string) => ({
    username,
    skeleton: username.toLowerCase(),
    skeletonVersion: 1,
    passwordHash: null,
  });
  const twins = ['twin', 'tw\u0456n'];
  await auth.db.user.createMany({ data: ['Marlon', ...twins].map(older) });
  await Promise.all([renewSkeletons(auth.store.names), renewSkeletons(auth.store.names)]);
  const rows = await auth.db.user.findMany({
    where: { username: { in: ['Marlon', ...twins] } },
    orderBy: { id: 'asc' },
  });
  expect(rows.map(({ skeletonVersion }) => skeletonVersion)).toEqual(
    rows.map(() => SKELETON_VERSION),
  );
  expect(rows.map(({ canonicalName }) => canonicalName)).toEqual(['marlon', ...twins]);
  expect(rows[0]?.skeleton).toBe(skeletonOf('marlon'));
  expect(rows.filter(({ skeleton }) => skeleton === skeletonOf('twin'))).toHaveLength(1);
  expect((await register('MARLON')).body.code).toBe('username_taken');
  expect((await register('tvv\u0456n')).status).toBe(201);
});
