import { request as httpRequest } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterEach, expect, test } from 'vitest';
import { STATUS_CONNECTION } from '../src/status-lists/status-list-repository.ts';
import { runCli } from './cli-process.ts';
import { createDatabase, type Env, ISSUER, startInstance } from './harness.ts';
import {
  claimsOf,
  eventually,
  KEY_REMOVED,
  listenTo,
  SESSION_REVOKED,
  type TestListener,
} from './status-listener.ts';
import { statusRows } from './status-rows.ts';

const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

async function start({ instances = 1, env = {} }: { instances?: number; env?: Env } = {}) {
  const scratch = await createDatabase();
  running.push(scratch.drop);
  const all = await Promise.all(
    Array.from({ length: instances }, async () => {
      const instance = await startInstance(scratch.url, { env });
      running.push(instance.stop);
      return instance;
    }),
  );
  await eventually(() => {
    if (!all.every(({ statusLists }) => statusLists?.feed.isCurrent())) throw new Error('not yet');
  });
  const [first] = all;
  if (!first) throw new Error('no instance');
  const rows = statusRows(first.pool);
  await rows.removeOwn(...all.map(({ url }) => url));
  return { scratch, all, first, rows };
}

async function listen(url: string, lastEventId?: string): Promise<TestListener> {
  const listener = await listenTo(url, lastEventId === undefined ? {} : { lastEventId });
  running.push(listener.close);
  return listener;
}

/** Live, current and with this list. */
const untilKnown = (url: string, list: number) =>
  eventually(async () => expect((await fetch(`${url}/status-lists/${list}`)).status).toBe(200));

test('the state comes first, then each change, signed, to the listeners of every instance', async () => {
  const { all, first, rows } = await start({ instances: 2 });
  const list = await rows.open();
  for (const { url } of all) await untilKnown(url, list);
  const listeners = await Promise.all(all.map(({ url }) => listen(url)));
  await eventually(() => expect(listeners.map(({ events }) => events.length)).toEqual([1, 1]));

  const { headers, status } = (listeners[0] as TestListener).response;
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('content-encoding')).toBeNull();
  for (const { events } of listeners) {
    expect(events[0]).toEqual({ event: 'state', id: `${list}.0`, data: `{"lists":{"${list}":0}}` });
  }

  await rows.revoke(list, [17, 90_210]);
  const keys = createRemoteJWKSet(new URL(`${first.url}/.well-known/jwks.json`));
  for (const listener of listeners) {
    await listener.untilIndices(2);
    const [change] = listener.changes();
    expect(change?.id).toBe(`${list}.1`);
    const { payload, protectedHeader } = await jwtVerify(change?.data ?? '', keys, {
      issuer: ISSUER,
      typ: 'secevent+jwt',
    });
    expect(protectedHeader).toMatchObject({ alg: 'ES256', kid: expect.any(String) });
    const uri = `${ISSUER}/status-lists/${list}`;
    expect(payload).toEqual({
      iss: ISSUER,
      iat: Math.floor(Number(payload.toe)),
      toe: expect.any(Number),
      jti: expect.any(String),
      sub_id: { format: 'uri', uri },
      events: {
        [SESSION_REVOKED]: {
          event_timestamp: payload.iat,
          status_lists: [{ uri, after: 0, seq: 1, idx: [17, 90_210] }],
        },
      },
    });
  }
});

test('a list that opens is in a state at once; one whose tokens have expired is in none', async () => {
  const { first, rows } = await start();
  const listener = await listen(first.url);
  const list = await rows.open({ lifeMs: 1_500 });
  await eventually(() => expect(listener.states().at(-1)?.data).toBe(`{"lists":{"${list}":0}}`), {
    timeout: 900,
  });
  await eventually(() => expect(listener.states().at(-1)?.data).toBe('{"lists":{}}'), {
    timeout: 4_000,
  });
  expect((await first.request(`GET /status-lists/${list}`)).status).toBe(404);
});

test('notifications lost, doubled, out of order or none of ours: each change comes once, in order', async () => {
  const { first, rows } = await start();
  const list = await rows.open();
  await untilKnown(first.url, list);
  const listener = await listen(first.url);

  await rows.revoke(list, [1], { silent: true });
  await listener.untilIndices(1, 3_000);
  await rows.notify({ list, seq: 1, idx: [1] });
  // Just after a reading: the next is a second away, but the gap itself makes for one.
  await eventually(() => expect(first.statusLists?.feed.ageMs()).toBeLessThan(100));
  await rows.revoke(list, [2], { silent: true });
  await rows.revoke(list, [3]);
  await listener.untilIndices(3, 800);
  await rows.notify({ list: 'x' });
  await first.pool.query("SELECT pg_notify('latchkey_status', 'no JSON')");
  await rows.notify({ list: 999, seq: 4, idx: [4] });
  await rows.notify({ list, seq: 9 });
  await rows.revoke(list, [4]);
  await listener.untilIndices(4);

  const steps = listener.steps();
  expect(steps.flatMap(({ idx }) => idx)).toEqual([1, 2, 3, 4]);
  expect(steps.map(({ after }) => after)).toEqual([0, ...steps.slice(0, -1).map(({ seq }) => seq)]);
});

test('the connection that listens is cut: what is revoked meanwhile comes all the same', async () => {
  const { first, rows } = await start();
  const list = await rows.open();
  await untilKnown(first.url, list);
  const listener = await listen(first.url);
  for (let round = 0; round < 3; round += 1) {
    const cut = await first.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = $1`,
      [STATUS_CONNECTION],
    );
    expect(cut.rowCount).toBe(1);
    await rows.revoke(list, [round]);
    await listener.untilIndices(round + 1, 5_000);
  }
  expect(listener.indices()).toEqual([0, 1, 2]);
});

test('no heart-beat and no new listener while the database is away; then all that was missed', async () => {
  const { scratch, first, rows } = await start();
  const list = await rows.open();
  await untilKnown(first.url, list);
  const listener = await listen(first.url);
  await eventually(() => expect(listener.states().length).toBeGreaterThan(2), { timeout: 6_000 });

  await scratch.suspend();
  await eventually(() => expect(first.statusLists?.feed.isCurrent()).toBe(false), {
    timeout: 4_000,
  });
  const beats = listener.states().length;
  const refused = await first.request('GET /status-lists/events');
  expect([refused.status, refused.body.code]).toEqual([503, 'status_lists_unknown']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  // The list as it was known is still better than none.
  expect((await first.request(`GET /status-lists/${list}`)).status).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(listener.states()).toHaveLength(beats);
  expect(listener.hasEnded()).toBe(false);

  await scratch.resume();
  await rows.revoke(list, [5], { silent: true });
  await listener.untilIndices(1, 5_000);
  await eventually(() => expect(listener.states().length).toBeGreaterThan(beats), {
    timeout: 4_000,
  });
});

test('what a listener missed comes before the state, from any instance; odd ids are ignored', async () => {
  const { all, first, rows } = await start({ instances: 2 });
  const [list, other] = [await rows.open(), await rows.open()];
  for (const { url } of all) await untilKnown(url, other);
  for (const idx of [10, 11, 12]) await rows.revoke(list, [idx]);
  await rows.revoke(other, [7]);
  const second = all[1]?.url ?? '';
  const watching = await listen(second);
  await eventually(() => expect(watching.events.at(-1)?.id).toBe(`${list}.3,${other}.1`));

  const back = await listen(second, `${list}.1,${other}.0`);
  await eventually(() => expect(back.states()).toHaveLength(1));
  expect(back.events.map(({ event }) => event)).toEqual(['change', 'state']);
  expect(back.events[0]?.id).toBe(`${list}.3,${other}.1`);
  expect(back.steps()).toEqual([
    { uri: `${ISSUER}/status-lists/${list}`, after: 1, seq: 3, idx: [11, 12] },
    { uri: `${ISSUER}/status-lists/${other}`, after: 0, seq: 1, idx: [7] },
  ]);

  for (const odd of [
    'x',
    `${list}`,
    `${list}.1,`,
    `${list}.-1`,
    '0.0',
    '1.1,'.repeat(3_000),
    `${list}.99`,
    '77.3',
  ]) {
    const listener = await listen(first.url, odd);
    await eventually(() => expect(listener.states()).toHaveLength(1));
    expect(listener.changes()).toEqual([]);
    await listener.close();
  }
});

test('one who missed more than is kept fetches the list', async () => {
  const { first, rows } = await start();
  const list = await rows.open();
  await untilKnown(first.url, list);
  await rows.revokeMany(list, { changes: 100, each: 500, silent: true });
  const listener = await listen(first.url);
  await eventually(() => expect(listener.states().at(-1)?.id).toBe(`${list}.100`), {
    timeout: 5_000,
  });
  const back = await listen(first.url, `${list}.1`);
  await eventually(() => expect(back.states()).toHaveLength(1));
  expect(back.changes()).toEqual([]);
  const near = await listen(first.url, `${list}.98`);
  await eventually(() => expect(near.states()).toHaveLength(1));
  expect(near.indices()).toHaveLength(1_000);
});

test('a signing key removed by the CLI: every listener hears of it, and those who come later', async () => {
  const { scratch, all, first } = await start({ instances: 2 });
  const listeners = await Promise.all(all.map(({ url }) => listen(url)));
  const kid = first.signing.signer.keyId() ?? '';
  expect(await runCli(scratch.url, ['keys', 'remove', kid, '--yes'])).toMatchObject({ code: 0 });
  for (const [index, listener] of listeners.entries()) {
    await eventually(() => expect(listener.changes()).toHaveLength(1), { timeout: 5_000 });
    const url = new URL(`${all[index]?.url}/.well-known/jwks.json`);
    const { payload, protectedHeader } = await jwtVerify(
      listener.changes()[0]?.data ?? '',
      createRemoteJWKSet(url),
      { issuer: ISSUER, typ: 'secevent+jwt' },
    );
    expect(payload.events).toEqual({ [KEY_REMOVED]: { kid } });
    expect(protectedHeader.kid).not.toBe(kid);
  }
  const late = await listen(first.url);
  await eventually(() => expect(late.states()).toHaveLength(1));
  expect(late.changes().map((change) => claimsOf(change).events)).toEqual([
    { [KEY_REMOVED]: { kid } },
  ]);
}, 60_000);

test('more listeners than set get 503; HEAD and a place that is free again do not count', async () => {
  const { first } = await start({ env: { STATUS_LISTENERS: '2' } });
  const [one] = [await listen(first.url), await listen(first.url)];
  const refused = await first.request('GET /status-lists/events');
  expect([refused.status, refused.body.code]).toEqual([503, 'too_many_listeners']);
  expect(refused.headers.get('retry-after')).toBe('5');
  await one?.close();
  await eventually(() => expect(first.statusLists?.stream.listeners()).toBe(1));
  expect((await first.request('HEAD /status-lists/events')).status).toBe(200);
  const again = await listen(first.url);
  await eventually(() => expect(again.states()).toHaveLength(1));
});

test('a listener that does not read is dropped; the others get everything', async () => {
  const { first, rows } = await start();
  const list = await rows.open();
  await untilKnown(first.url, list);
  const reader = await listen(first.url);
  const closed = Promise.withResolvers<unknown>();
  const stuck = httpRequest(`${first.url}/status-lists/events`, (res) => {
    res.pause();
    res.socket.pause();
  });
  stuck.on('error', closed.resolve).on('close', closed.resolve).end();
  running.push(async () => stuck.destroy());
  await eventually(() => expect(first.statusLists?.stream.listeners()).toBe(2));

  // More than the system's own buffers take, in bursts that are not left to the lists.
  let seq = 0;
  while (first.statusLists?.stream.listeners() === 2) {
    expect(seq).toBeLessThan(6_000);
    seq += 90;
    await rows.revokeMany(list, { changes: 90, each: 500 });
    await eventually(() => expect(reader.changes().at(-1)?.id).toBe(`${list}.${seq}`), {
      timeout: 10_000,
    });
  }
  expect(reader.indices()).toHaveLength(seq * 500);
  expect(reader.steps()[0]?.after).toBe(0);
}, 120_000);

test('a burst too large for events is left to the lists, and the next change comes again', async () => {
  const { first, rows } = await start();
  const list = await rows.open();
  await untilKnown(first.url, list);
  const listener = await listen(first.url);
  await rows.revokeMany(list, { changes: 200, each: 500, silent: true });
  await eventually(() => expect(listener.states().at(-1)?.id).toBe(`${list}.200`), {
    timeout: 5_000,
  });
  expect(listener.indices().length).toBeLessThanOrEqual(50_000);
  await rows.revoke(list, [131_071]);
  await eventually(() => expect(listener.indices().at(-1)).toBe(131_071));
  expect(listener.steps().at(-1)).toMatchObject({ after: 200, seq: 201 });
});

test('drain ends every stream at once and takes no new one', async () => {
  const { first } = await start();
  const listener = await listen(first.url);
  await eventually(() => expect(listener.states()).toHaveLength(1));
  first.health.drain();
  await eventually(() => expect(listener.hasEnded()).toBe(true));
  expect((await first.request('GET /status-lists/events')).status).toBe(503);
});
