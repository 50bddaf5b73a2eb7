import { silentLog } from '@latchkey/service-kit/testing/harness';
import { afterEach, expect, test } from 'vitest';
import { unregisteredClient } from '../src/clients/unregistered-client.ts';
import { BATCH_ROWS } from '../src/housekeeping/expired-row-repository.ts';
import { startHousekeeping } from '../src/housekeeping/housekeeping.ts';
import { type AuthService, startAuthService, testClock } from './harness.ts';

const DAY_SECONDS = 86_400;
const settings = {
  everyMs: 3_600_000,
  refreshRetryMs: 900_000,
  auditRetentionMs: 400 * DAY_SECONDS * 1000,
};

let auth: AuthService | undefined;
afterEach(async () => auth?.stop());

async function start() {
  const clock = testClock();
  auth = await startAuthService({ now: clock.now });
  const { db, store } = auth;
  const keeper = () => startHousekeeping(store, { log: silentLog, settings, now: clock.now });
  return { auth, clock, db, keeper };
}

const assertions = (count: number, expiresAt: Date) =>
  Array.from({ length: count }, (_, at) => ({ clientId: 'c', jti: `j${at}`, expiresAt }));

const refresh = (service: AuthService, refresh_token: string) =>
  service.request('POST /token', { form: { grant_type: 'refresh_token', refresh_token } });

test('what is in use stays: a used token of a running login still gives the alarm', async () => {
  const { auth, clock, db, keeper } = await start();
  const first = (await auth.login('wangerge')).body.refresh_token;
  const second = (await refresh(auth, first)).body.refresh_token;
  const house = keeper();
  expect(await house.run()).toEqual({});
  clock.forwardSeconds(900);
  expect(await house.run()).toEqual({ rateLimits: 2 });
  clock.forwardSeconds(61);
  expect(await house.run()).toEqual({ sealedAnswers: 1 });
  expect(await db.refreshToken.count()).toBe(2);
  expect((await refresh(auth, first)).status).toBe(400);
  expect((await refresh(auth, second)).body.error).toBe('invalid_grant');
  await house.close();
});

test('expired rows go, in batches; the audit record after its retention', async () => {
  const { auth, clock, db, keeper } = await start();
  await auth.login('wangerge');
  const expiresAt = new Date(clock.now() + 1_000);
  const many = assertions(BATCH_ROWS * 2 + 1, expiresAt);
  await db.clientAssertion.createMany({ data: many });
  const house = keeper();
  clock.forwardSeconds(15 * DAY_SECONDS);
  expect(await house.run()).toEqual({
    rateLimits: 2,
    refreshTokens: 1,
    issuedTokens: 1,
    statusLists: 1,
    clientAssertions: many.length,
  });
  clock.forwardSeconds(76 * DAY_SECONDS);
  expect(await house.run()).toEqual({ rateLimits: 1, sessions: 1 });
  const events = await db.auditEvent.count();
  clock.forwardSeconds(310 * DAY_SECONDS);
  expect(await house.run()).toEqual({ auditEvents: events });
  await house.close();
});

test('codes, pushed requests and browser logins go once they have expired', async () => {
  const { auth, clock, db, keeper } = await start();
  const expiresAt = new Date(clock.now() + 60_000);
  const { id: userId } = await db.user.findFirstOrThrow();
  const hash = (byte: number) => new Uint8Array(32).fill(byte);
  const at = new Date(clock.now());
  const login = { id: crypto.randomUUID(), userId, authTime: at, createdAt: at, lastUsedAt: at };
  await db.browserLogin.create({ data: { ...login, hash: hash(1), amr: [], expiresAt } });
  await auth.store.pushedRequests.add({ hash: hash(2), clientId: 'a', parameters: {}, expiresAt });
  await auth.store.authorizationCodes.add({
    hash: hash(3),
    clientId: 'a',
    userId,
    browserLoginId: login.id,
    redirectUri: '',
    codeChallenge: '',
    scope: '',
    followsScopes: false,
    nonce: undefined,
    authTime: at,
    amr: [],
    expiresAt,
  });
  const key = { browserHash: hash(4), purposeHash: hash(5) };
  await db.pendingLogin.create({ data: { ...key, userId, amr: ['pwd'], expiresAt } });
  const challenge = { hash: hash(6), browserHash: hash(4), purpose: 'sign_in' as const };
  await auth.store.passkeys.addChallenge({ ...challenge, userId: undefined }, expiresAt);
  const house = keeper();
  clock.forwardSeconds(119);
  expect(await house.run()).toEqual({});
  clock.forwardSeconds(2);
  const gone = {
    pushedRequests: 1,
    authorizationCodes: 1,
    browserLogins: 1,
    pendingLogins: 1,
    passkeyChallenges: 1,
  };
  expect(await house.run()).toEqual(gone);
  await house.close();
});

test('a client by metadata document goes when nobody uses it; a used and a blocked one stay', async () => {
  const { auth, clock, db, keeper } = await start();
  const at = new Date(clock.now());
  const { id: userId } = await db.user.findFirstOrThrow();
  const idOf = (name: string) => `https://agent.example/${name}`;
  for (const name of ['unused', 'used', 'blocked']) {
    const client = unregisteredClient(idOf(name), at);
    await auth.store.clients.createFromDocument({ ...client, documentFetchedAt: at });
  }
  await auth.store.consents.add(userId, idOf('used'), ['todo:read'], at);
  await db.client.update({ where: { id: idOf('blocked') }, data: { disabledAt: at } });
  const house = keeper();
  clock.forwardSeconds(7 * DAY_SECONDS);
  expect(await house.run()).not.toHaveProperty('documentClients');
  clock.forwardSeconds(61);
  expect(await house.run()).toEqual({ documentClients: 1 });
  const left = await db.client.findMany({ where: { id: { startsWith: 'https:' } } });
  expect(left.map(({ id }) => id).sort()).toEqual([idOf('blocked'), idOf('used')]);
  await house.close();
});

test('of several instances one works at a time, and none twice', async () => {
  const { clock, db, keeper } = await start();
  const expiresAt = new Date(clock.now() - DAY_SECONDS * 1000);
  await db.clientAssertion.createMany({ data: assertions(300, expiresAt) });
  const houses = [keeper(), keeper(), keeper()];
  const purged = await Promise.all(houses.map((house) => house.run()));
  // An instance that finds another at work leaves it to that one, or to the next run.
  const rest = await houses[0]?.run();
  const counts = [...purged, rest].map((counted) => counted?.clientAssertions ?? 0);
  expect(counts.filter((count) => count > 0)).toEqual([300]);
  expect(await db.clientAssertion.count()).toBe(0);
  for (const house of houses) await house.close();
});

test('the audit record cannot be changed but by retention', async () => {
  const { db } = await start();
  await expect(db.auditEvent.deleteMany({})).rejects.toThrow('append-only');
});

test('an expired list goes with its tokens and changes, even if there are many; a live one stays', async () => {
  const { auth, clock, db, keeper } = await start();
  const { access_token: token } = (await auth.login('wangerge')).body;
  await auth.request('DELETE /sessions', { token });
  const { id: listId } = await db.statusList.findFirstOrThrow();
  const expiresAt = new Date(clock.now());
  const many = Array.from({ length: 12_000 }, (_, n) => ({ index: 200_000 + n, listId }));
  await db.issuedToken.createMany({
    data: many.map((row) => ({ ...row, clientId: 'c', expiresAt })),
  });
  const house = keeper();
  // The list lives for an hour of issuing, then for as long as its last token.
  clock.forwardSeconds(3_600 + 1_200);
  expect(await house.run()).not.toHaveProperty('statusLists');
  await auth.login('agent');
  clock.forwardSeconds(121);
  expect(await house.run()).toMatchObject({
    issuedTokens: 12_001,
    statusChanges: 1,
    statusLists: 1,
  });
  expect(await db.issuedToken.count()).toBe(1);
  expect(await db.statusChange.count()).toBe(0);
  await house.close();
});
