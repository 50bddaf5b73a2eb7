import { withConnection } from '@latchkey/database/connection';
import { silentLog } from '@latchkey/service-kit/testing/harness';
import { decodeJwt } from 'jose';
import { afterEach, expect, test } from 'vitest';
import { openIssuingLists } from '../src/revocation/issuing-lists.ts';
import {
  type AuthService,
  type Env,
  ISSUER,
  startAuthService,
  startInstance,
  testClock,
} from './harness.ts';
import { placeOf } from './issued-tokens.ts';

const HS256 = {
  JWT_ALG: 'HS256',
  JWT_SECRET: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
};
const LIFE_SECONDS = 1_200;
const SLACK_SECONDS = 60;

let auth: AuthService;
let clock: ReturnType<typeof testClock>;
afterEach(() => auth.stop());
async function start(env: Env = {}) {
  clock = testClock();
  auth = await startAuthService({ now: clock.now, env });
  return auth;
}

const token = async (instance: Pick<AuthService, 'login'> = auth): Promise<string> =>
  (await instance.login('wangerge')).body.access_token;
const listOf = (text: string) => Number(placeOf(text).split(':')[0]);
const lists = () => auth.db.statusList.findMany({ orderBy: { id: 'asc' } });
const after = (seconds: number) => new Date(clock.now() + seconds * 1000);

/** Lists of this process that hold nothing but what the test takes. */
const openLists = () =>
  openIssuingLists(auth.store.issuingLists, {
    log: silentLog,
    accessTokenSeconds: LIFE_SECONDS,
    now: clock.now,
  });

test.each([{}, HS256])('a token says where its bit is, and has a row: %o', async (env) => {
  await start(env);
  const text = await token();
  const { status, exp, sid, client_id } = decodeJwt<{
    status: object;
    sid: string;
    client_id: string;
  }>(text);
  const row = await auth.db.issuedToken.findFirstOrThrow();
  const { listId, index } = row;
  const uri = `${ISSUER}/status-lists/${listId}`;
  expect(status).toEqual({ status_list: { idx: index, uri } });
  expect(row).toMatchObject({ sessionId: sid, clientId: client_id, revokedAt: null });
  expect(row.expiresAt.getTime()).toBe((exp as number) * 1000);
  const [list] = await lists();
  expect(list).toMatchObject({ id: listId, size: 131_072, seq: 0 });
  expect(list?.expiresAt).toEqual(after(3_600 + LIFE_SECONDS + SLACK_SECONDS));
});

test('minimal: no list, and no claim', async () => {
  await start({ ...HS256, TOKEN_PROFILE: 'minimal' });
  expect(decodeJwt(await token())).not.toHaveProperty('status');
  expect(await auth.db.issuedToken.count()).toBe(0);
  expect(await lists()).toEqual([]);
});

test('each instance has a list, and one that starts again has another', async () => {
  await start();
  const first = await startInstance(auth.scratch.url, { now: clock.now });
  const ids = [listOf(await token()), listOf(await token(first))];
  await first.stop();
  const again = await startInstance(auth.scratch.url, { now: clock.now });
  ids.push(listOf(await token(again)));
  await again.stop();
  expect(new Set(ids).size).toBe(3);
});

test('stopped: a list ends with its last token; one that issued nothing is gone', async () => {
  await start();
  const unused = await startInstance(auth.scratch.url, { now: clock.now });
  const used = await startInstance(auth.scratch.url, { now: clock.now });
  const id = listOf(await token(used));
  await unused.stop();
  clock.forwardSeconds(60);
  await used.stop();
  expect(await auth.db.statusList.findUnique({ where: { id } })).toMatchObject({
    expiresAt: after(LIFE_SECONDS + SLACK_SECONDS),
  });
  const own = (await lists()).filter((list) => list.id !== id);
  expect(own).toHaveLength(1);
});

test('the next list is opened before the hour is over, and used then', async () => {
  await start();
  const first = listOf(await token());
  clock.forwardSeconds(3_400);
  expect(listOf(await token())).toBe(first);
  await expect.poll(async () => (await lists()).length).toBe(2);
  clock.forwardSeconds(201);
  const second = listOf(await token());
  expect(second).not.toBe(first);
  // After a pause neither is good any more: one is opened for the token that asks.
  clock.forwardSeconds(7_200);
  expect([first, second]).not.toContain(listOf(await token()));
});

test('114,688 indices of a list are given out, each once, in no order; then the next list', async () => {
  await start();
  const issuing = openLists();
  await issuing.ready();
  const taken: number[] = [];
  const { listId } = issuing.take();
  for (let n = 1; n < 114_688; n++) {
    const place = issuing.take();
    expect(place.listId === listId).toBe(true);
    taken.push(place.index);
    if (n === 90_000) await issuing.ready();
  }
  expect(new Set(taken).size).toBe(taken.length);
  expect(taken.every((index) => index >= 0 && index < 131_072)).toBe(true);
  const ascents = taken.filter((index, n) => index > (taken[n - 1] ?? 0)).length;
  expect(Math.abs(ascents / taken.length - 0.5)).toBeLessThan(0.02);
  await expect.poll(async () => (await lists()).length).toBe(3);
  expect(issuing.take().listId).toBeGreaterThan(listId);
  // No longer needed than for its last token, though its hour is not over.
  await expect
    .poll(() => auth.db.statusList.findUnique({ where: { id: listId } }))
    .toMatchObject({ expiresAt: after(LIFE_SECONDS + SLACK_SECONDS) });
  await issuing.close();
});

test('requests at once open one list; every instance hears of it', async () => {
  await start();
  const heard: unknown[] = [];
  await withConnection(auth.scratch.url, async (client) => {
    client.on('notification', ({ payload }) => heard.push(JSON.parse(payload ?? '')));
    await client.query('LISTEN latchkey_status');
    const issuing = openLists();
    await Promise.all([issuing.ready(), issuing.ready(), issuing.ready()]);
    const { listId } = issuing.take();
    await expect.poll(() => heard).toEqual([{ list: listId, seq: 0 }]);
    await issuing.close();
  });
});

test('503 with Retry-After when there is no list to take from', async () => {
  await start();
  const issuing = openLists();
  expect(issuing.take).toThrow(
    expect.objectContaining({
      code: 'no_status_list',
      status: 503,
      headers: expect.objectContaining({ 'Retry-After': '1' }),
    }),
  );
  await issuing.close();
});
