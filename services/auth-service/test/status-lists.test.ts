import { inflateSync } from 'node:zlib';
import { getListFromStatusListJWT } from '@sd-jwt/jwt-status-list';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterEach, expect, test } from 'vitest';
import { createDatabase, type Env, ISSUER, startInstance, testClock } from './harness.ts';
import { eventually, listenTo } from './status-listener.ts';
import { statusRows } from './status-rows.ts';

const SIZE = 131_072;
const SECRET = '5f3c1d9a7b2e4860c1d2e3f405162738495a6b7c8d9eafb0c1d2e3f405162738';

const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

async function start(env: Env = {}, now: () => number = Date.now) {
  const scratch = await createDatabase();
  running.push(scratch.drop);
  const auth = await startInstance(scratch.url, { env, now });
  running.push(auth.stop);
  return { auth, scratch, rows: statusRows(auth.pool, now) };
}

type Started = Awaited<ReturnType<typeof start>>;

const untilKnown = ({ auth }: Started, list: number) =>
  eventually(async () =>
    expect((await auth.request(`GET /status-lists/${list}`)).status).toBe(200),
  );

const read = async ({ auth }: Started, list: number) =>
  (await auth.request(`GET /status-lists/${list}`)).text;

const payloadOf = (jwt: string) =>
  JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());

test('jose accepts the list, and another library reads every bit of it as it was set', async () => {
  const clock = testClock();
  const started = await start({}, clock.now);
  const { auth, rows } = started;
  const list = await rows.open();
  await untilKnown(started, list);
  const revoked = new Set([0, 7, 8, SIZE - 1]);
  while (revoked.size < 1_311) revoked.add(Math.floor(Math.random() * SIZE));
  const all = [...revoked];
  for (let at = 0; at < all.length; at += 500) await rows.revoke(list, all.slice(at, at + 500));
  await eventually(async () => expect(payloadOf(await read(started, list)).seq).toBe(3));

  const jwt = await read(started, list);
  const keys = createRemoteJWKSet(new URL(`${auth.url}/.well-known/jwks.json`));
  const currentDate = new Date(clock.now());
  const { payload } = await jwtVerify(jwt, keys, { typ: 'statuslist+jwt', currentDate });
  const iat = Math.floor(clock.now() / 1000);
  expect(payload).toEqual({
    iss: ISSUER,
    sub: `${ISSUER}/status-lists/${list}`,
    iat,
    exp: iat + 86_400,
    ttl: 30,
    seq: 3,
    status_list: { bits: 1, lst: expect.any(String) },
  });
  const theirs = getListFromStatusListJWT(jwt);
  const set = Array.from({ length: SIZE }, (_, index) => index).filter(
    (index) => theirs.getStatus(index) === 1,
  );
  expect(set).toEqual(all.sort((a, b) => a - b));
  const { lst } = payload.status_list as { lst: string };
  expect(inflateSync(Buffer.from(lst, 'base64url'))).toHaveLength(SIZE / 8);
});

test('a shared secret signs lists and events alike', async () => {
  const started = await start({ JWT_ALG: 'HS256', JWT_SECRET: SECRET });
  const { auth, rows } = started;
  const list = await rows.open();
  await untilKnown(started, list);
  const listener = await listenTo(auth.url);
  running.push(listener.close);
  await rows.revoke(list, [3]);
  await listener.untilIndices(1);
  const key = Buffer.from(SECRET);
  await jwtVerify(listener.changes()[0]?.data ?? '', key, { typ: 'secevent+jwt' });
  const signed = await jwtVerify(await read(started, list), key, { typ: 'statuslist+jwt' });
  expect(signed.payload.seq).toBe(1);
});

test('the answer is cacheable, told apart by seq, and can be asked for anew', async () => {
  const started = await start();
  const { auth, rows } = started;
  const list = await rows.open();
  await untilKnown(started, list);
  const path = `/status-lists/${list}`;
  const { headers, text } = await auth.request(`GET ${path}`);
  expect(headers.get('content-type')).toBe('application/statuslist+jwt');
  expect(headers.get('cache-control')).toBe('public, max-age=30');
  expect(headers.get('content-encoding')).toBeNull();
  const etag = headers.get('etag') ?? '';
  const same = await auth.request(`GET ${path}`, { headers: { 'if-none-match': etag } });
  expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', etag]);
  const head = await auth.request(`HEAD ${path}`);
  expect([head.status, head.text, head.headers.get('content-length')]).toEqual([
    200,
    '',
    String(text.length),
  ]);

  await rows.revoke(list, [1]);
  await eventually(async () => {
    const next = await auth.request(`GET ${path}`, { headers: { 'if-none-match': etag } });
    expect(next.status).toBe(200);
    expect(payloadOf(next.text).seq).toBe(1);
  });

  const aggregation = await auth.request('GET /status-lists');
  expect(aggregation.body.status_lists).toContain(`${ISSUER}${path}`);
  const metadata = await auth.request('GET /.well-known/oauth-authorization-server');
  expect(metadata.body.status_list_aggregation_endpoint).toBe(`${ISSUER}/status-lists`);
  for (const [line, status] of [
    ['GET /status-lists/999', 404],
    ['GET /status-lists/0', 400],
    ['GET /status-lists/x', 400],
    ['GET /status-lists/4294967296', 400],
    [`POST ${path}`, 405],
    ['DELETE /status-lists/events', 405],
  ] as const) {
    expect([line, (await auth.request(line)).status]).toEqual([line, status]);
  }
});

test('another instance answers 304 to the same ETag', async () => {
  const started = await start();
  const { auth, rows, scratch } = started;
  const other = await startInstance(scratch.url);
  running.push(other.stop);
  const list = await rows.open();
  await untilKnown(started, list);
  await untilKnown({ ...started, auth: other }, list);
  const { headers } = await auth.request(`GET /status-lists/${list}`);
  const etag = headers.get('etag') ?? '';
  const theirs = await other.request(`GET /status-lists/${list}`, {
    headers: { 'if-none-match': `"x", ${etag}` },
  });
  expect(theirs.status).toBe(304);
});

test('in a burst few lists are built, and none is older than what a listener was told', async () => {
  const started = await start();
  const { auth, rows } = started;
  const list = await rows.open();
  await untilKnown(started, list);
  const listener = await listenTo(auth.url);
  running.push(listener.close);
  const answers = new Set<string>();
  let asking = true;
  const ask = async () => {
    while (asking) {
      const told = listener.steps().at(-1)?.seq ?? 0;
      const jwt = await read(started, list);
      expect(payloadOf(jwt).seq).toBeGreaterThanOrEqual(told);
      answers.add(jwt);
    }
  };
  const asked = ask();
  const startedAt = performance.now();
  for (let index = 0; index < 300; index += 1) await rows.revoke(list, [index]);
  await listener.untilIndices(300);
  asking = false;
  await asked;
  const seconds = (performance.now() - startedAt) / 1_000;
  expect(answers.size).toBeGreaterThan(0);
  expect(answers.size).toBeLessThanOrEqual(5 * seconds + 2);
  expect(payloadOf(await read(started, list)).seq).toBe(300);
});

test('signed anew when its key is removed', async () => {
  const started = await start();
  const { auth, rows } = started;
  const list = await rows.open();
  await untilKnown(started, list);
  const kidOf = async () =>
    JSON.parse(Buffer.from((await read(started, list)).split('.')[0] ?? '', 'base64url').toString())
      .kid as string;
  const kid = await kidOf();
  await auth.keys?.operations.remove(kid, { actor: 'test', caller: {} as never });
  await eventually(async () => expect(await kidOf()).not.toBe(kid));
});

test('while it cannot sign: 503, no change and no heart-beat; then what was revoked meanwhile', async () => {
  const started = await start();
  const { auth, rows } = started;
  const list = await rows.open();
  await untilKnown(started, list);
  const listener = await listenTo(auth.url);
  running.push(listener.close);
  // The key that signs is gone, and the next was sealed by a key that this instance does not have.
  await auth.pool.query("UPDATE signing_key SET state = 'gone' WHERE state = 'active'");
  const next = await auth.pool.query<{ id: string; sealed_by: string }>(
    `UPDATE signing_key s SET state = 'active', sealed_by = 'other'
     FROM signing_key b WHERE b.id = s.id AND s.state = 'next' RETURNING s.id, b.sealed_by`,
  );
  await auth.keys?.ring.refresh().catch(() => undefined);
  const refused = await auth.request(`GET /status-lists/${list}`);
  expect([refused.status, refused.body.code]).toEqual([503, 'signing_unavailable']);
  expect((await auth.request('GET /status-lists/events')).status).toBe(503);
  await rows.revoke(list, [5]);
  const beats = listener.states().length;
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  expect(listener.changes()).toEqual([]);
  expect(listener.states()).toHaveLength(beats);

  const { id, sealed_by } = next.rows[0] ?? {};
  await auth.pool.query('UPDATE signing_key SET sealed_by = $2 WHERE id = $1', [id, sealed_by]);
  await listener.untilIndices(1);
  await eventually(() => expect(listener.states().length).toBeGreaterThan(beats), {
    timeout: 4_000,
  });
  expect(payloadOf(await read(started, list)).seq).toBe(1);
}, 30_000);

test('503 with Retry-After before the lists could be read once', async () => {
  const scratch = await createDatabase();
  await scratch.suspend();
  const auth = await startInstance(scratch.url);
  running.push(scratch.drop, auth.stop);
  for (const path of ['/status-lists', '/status-lists/1', '/status-lists/events']) {
    const { status, headers, body } = await auth.request(`GET ${path}`);
    expect([status, body.code]).toEqual([503, 'status_lists_unknown']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  await scratch.resume();
  await eventually(async () => expect((await auth.request('GET /status-lists')).status).toBe(200), {
    timeout: 5_000,
  });
});

test('in the minimal profile there are none, and the metadata names none', async () => {
  const { auth } = await start({ JWT_ALG: 'HS256', JWT_SECRET: SECRET, TOKEN_PROFILE: 'minimal' });
  for (const path of ['/status-lists', '/status-lists/1', '/status-lists/events']) {
    expect((await auth.request(`GET ${path}`)).status).toBe(404);
  }
  const { body } = await auth.request('GET /.well-known/oauth-authorization-server');
  expect(body).not.toHaveProperty('status_list_aggregation_endpoint');
});

test('a database that was restored from a backup: its new changes are heard', async () => {
  const started = await start();
  const { auth, rows } = started;
  const list = await rows.open();
  for (const idx of [1, 2, 3]) await rows.revoke(list, [idx]);
  await eventually(async () => expect(payloadOf(await read(started, list)).seq).toBe(3));
  await auth.pool.query('DELETE FROM status_change WHERE seq > 1');
  await auth.pool.query('UPDATE status_list SET seq = 1 WHERE id = $1', [list]);
  await eventually(async () => expect(payloadOf(await read(started, list)).seq).toBe(1), {
    timeout: 3_000,
  });
  await rows.revoke(list, [9]);
  await eventually(async () => expect(payloadOf(await read(started, list)).seq).toBe(2));
  const theirs = getListFromStatusListJWT(await read(started, list));
  expect([1, 2, 3, 9].map((index) => theirs.getStatus(index))).toEqual([1, 0, 0, 1]);
});

test('/metrics says how old its knowledge is and how many listen', async () => {
  const started = await start();
  const { auth } = started;
  await eventually(() => expect(auth.statusLists?.feed.isCurrent()).toBe(true));
  const listener = await listenTo(auth.url);
  running.push(listener.close);
  await eventually(() => expect(listener.states().length).toBeGreaterThan(0));
  const { text } = await auth.request('GET /metrics');
  expect(text).toMatch(/^status_lists_age_seconds\{[^}]*\} [01]\.\d+$/m);
  expect(text).toMatch(/^status_listeners\{[^}]*\} 1$/m);
});
