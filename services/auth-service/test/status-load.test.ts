import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { getListFromStatusListJWT } from '@sd-jwt/jwt-status-list';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { emptyList } from '../src/status-lists/known-lists.ts';
import { createDatabase, startInstance } from './harness.ts';
import { spawnService } from './service-process.ts';
import { eventually, listenTo } from './status-listener.ts';
import { statusRows } from './status-rows.ts';

/** `STATUS_TRIES=500` for figures. */
const tries = Number(process.env.STATUS_TRIES ?? 40);
const SIZE = 131_072;

const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

const show = (figures: object) => process.stdout.write(`${JSON.stringify(figures)}\n`);
const round = (ms: number) => Math.round(ms * 100) / 100;
function quantiles(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

async function startProcess() {
  const scratch = await createDatabase();
  const pool = new pg.Pool({ connectionString: scratch.url, max: 4 });
  running.push(scratch.drop, () => pool.end());
  const service = await spawnService(scratch.url);
  running.push(service.kill);
  await eventually(async () =>
    expect((await fetch(`${service.url}/status-lists`)).status).toBe(200),
  );
  const rows = statusRows(pool);
  await rows.removeOwn(service.url);
  return { url: service.url, scratch, pool, rows };
}

test(`from COMMIT to the socket of a listener, ${tries} times`, async () => {
  const { url, scratch, rows } = await startProcess();
  const list = await rows.open();
  /** When each change was there; one event may bring several. */
  const arrived: number[] = [];
  const stream = get(`${url}/status-lists/events`, (res) => {
    res.on('data', (chunk: Buffer) => {
      const at = performance.now();
      for (const [, seq] of chunk.toString().matchAll(/^id: \d+\.(\d+)\nevent: change$/gm)) {
        while (arrived.length < Number(seq)) arrived.push(at);
      }
    });
  });
  running.push(async () => void stream.destroy());
  // The floor: the same notification at a bare connection.
  const bare = new pg.Client({ connectionString: scratch.url });
  await bare.connect();
  running.push(() => bare.end());
  const notified: number[] = [];
  await bare.query('LISTEN latchkey_status');
  bare.on('notification', () => notified.push(performance.now()));
  await delay(500);

  const sent: number[] = [];
  const committed: number[] = [];
  for (let index = 0; index < tries; index += 1) {
    sent.push(performance.now());
    await rows.revoke(list, [index]);
    committed.push(performance.now());
    await delay(7 + Math.random() * 6);
  }
  await eventually(() => expect(arrived).toHaveLength(tries));
  const since = (from: number[], to: number[]) =>
    quantiles(to.map((at, index) => at - (from[index] ?? 0)));
  show({
    tries,
    'revoking sent -> event, ms': since(sent, arrived),
    'its answer -> event, ms': since(committed, arrived),
    'revoking sent -> bare NOTIFY, ms': since(sent, notified),
    'its answer -> bare NOTIFY, ms': since(committed, notified),
  });
  expect(quantiles(arrived.map((at, index) => at - (sent[index] ?? 0))).p50).toBeLessThan(100);
}, 120_000);

test('10,000 revocations in a second, 24 listeners: few events, every index, lists up to date', async () => {
  const { url, rows } = await startProcess();
  const lists: number[] = [];
  for (let n = 0; n < 4; n += 1) lists.push(await rows.open());
  const listeners = await Promise.all(Array.from({ length: 24 }, () => listenTo(url)));
  running.push(...listeners.map((listener) => listener.close));
  await eventually(() =>
    expect(listeners.every((one) => one.states().at(-1)?.id?.split(',').length === 4)).toBe(true),
  );
  const startedAt = performance.now();
  for (let batch = 0; batch < 50; batch += 1) {
    const list = lists[batch % 4] as number;
    await rows.revokeMany(list, { changes: 200, first: Math.floor(batch / 4) * 200 });
    await delay(Math.max(0, startedAt + batch * 20 - performance.now()));
  }
  const revokedMs = performance.now() - startedAt;
  for (const listener of listeners) await listener.untilIndices(10_000, 20_000);
  const heardMs = performance.now() - startedAt;

  for (const listener of listeners) {
    expect(listener.indices()).toHaveLength(10_000);
    for (const list of lists) {
      const steps = listener.steps().filter(({ uri }) => uri.endsWith(`/${list}`));
      expect(steps.map(({ after }) => after)).toEqual([0, ...steps.slice(0, -1).map((s) => s.seq)]);
    }
  }
  const [first] = listeners;
  const events = first?.changes().length ?? 0;
  const largest = Math.max(...(first?.changes().map(({ data }) => data.length) ?? []));
  show({ revokedMs, heardMs, events, bytesAListener: first?.bytes(), largest });
  // At most one each 5 ms; and far less than one a revocation.
  expect(events).toBeLessThan(Math.max(heardMs / 5, 500));
  expect(first?.bytes()).toBeLessThan(1_000_000);
  expect(largest).toBeLessThanOrEqual(65_536);
  const jwt = await (await fetch(`${url}/status-lists/${lists[0]}`)).text();
  expect(getListFromStatusListJWT(jwt).getStatus(0)).toBe(1);
}, 60_000);

test('1,000,000 tokens, 1 % revoked: the lists are small, and quickly built', async () => {
  const scratch = await createDatabase();
  running.push(scratch.drop);
  const setUp = new pg.Pool({ connectionString: scratch.url });
  const rows = statusRows(setUp);
  for (let n = 0; n < 8; n += 1) await rows.open();
  const revoked = new Set<number>();
  while (revoked.size < 10_000) revoked.add(Math.floor(Math.random() * 1_000_000));
  const byList = Object.values(Object.groupBy(revoked, (token) => Math.floor(token / 125_000)));
  for (const [n, tokens] of byList.entries()) {
    for (const token of tokens ?? []) await rows.revoke(n + 1, [token % 125_000]);
  }
  await setUp.end();

  const before = process.memoryUsage();
  const startedAt = performance.now();
  const instance = await startInstance(scratch.url);
  running.push(instance.stop);
  // And the one that it has opened to issue from.
  await eventually(() => expect(instance.statusLists?.uris()).toHaveLength(9));
  const knownMs = performance.now() - startedAt;
  const after = process.memoryUsage();
  let bytes = 0;
  let compressed = 0;
  const builtAt = performance.now();
  for (let id = 1; id <= 8; id += 1) {
    const { jwt } = (await instance.statusLists?.token(id)) ?? {};
    bytes += jwt?.length ?? 0;
    const payload = jwt?.toString().split('.')[1] ?? '';
    const { lst } = JSON.parse(Buffer.from(payload, 'base64url').toString()).status_list;
    compressed += Buffer.from(lst, 'base64url').length;
  }
  const buildMs = performance.now() - builtAt;
  const bits = 8 * emptyList({ id: 1, size: SIZE, seq: 0, expiresAt: new Date() }).bits.length;
  const heapBytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  show({
    compressed,
    tokenBytes: bytes,
    buildMs: round(buildMs),
    knownMs: round(knownMs),
    bits,
    heapBytes,
  });
  expect(compressed).toBeLessThan(17_000);
  expect(bytes).toBeLessThan(35_000);
  expect(buildMs).toBeLessThan(1_000);
  expect(bits).toBe(131_072);
  expect(heapBytes).toBeLessThan(64_000_000);
}, 120_000);
