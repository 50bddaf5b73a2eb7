import { silentLog } from '@latchkey/service-kit/testing/harness';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startHousekeeping } from '../src/housekeeping/housekeeping.ts';
import {
  type AuthService,
  type Instance,
  startAuthService,
  startInstance,
  testClock,
} from './harness.ts';
import { addReceiver, type Receiver, startReceiver } from './logout-receiver.ts';

let auth: AuthService;
let second: Instance;
const clock = testClock();
beforeAll(async () => {
  auth = await startAuthService({ now: clock.now });
  second = await startInstance(auth.scratch.url, { now: clock.now });
});
afterAll(async () => {
  await second.stop();
  await auth.stop();
});

let receivers: Receiver[] = [];
let made = 0;
beforeEach(() => auth.db.logoutNotice.deleteMany());
afterEach(async () => {
  await Promise.all(receivers.map((one) => one.stop()));
  receivers = [];
});

async function newReceiver(...answer: [Receiver['answer']?]) {
  made += 1;
  const receiver = await startReceiver(`receiver-${made}`, ...answer);
  receivers.push(receiver);
  await addReceiver(auth, receiver);
  return receiver;
}

/** Logs in so often at a client, then ends all sessions of the person. */
async function endSessionsAt(receiver: Pick<Receiver, 'id'>, count = 1) {
  for (let made = 0; made < count; made++) await auth.login('wangerge', { client_id: receiver.id });
  const { access_token: token } = (await auth.login('wangerge')).body;
  const beganMs = performance.now();
  expect((await auth.request('DELETE /sessions', { token })).status).toBe(204);
  return { tookMs: performance.now() - beganMs };
}

const left = () => auth.db.logoutNotice.count();

test('a client that never answers delays neither the sign-out nor another client', async () => {
  const dead = await newReceiver(() => undefined);
  const alive = await newReceiver();
  for (let count = 0; count < 20; count++) await auth.login('wangerge', { client_id: dead.id });
  const { tookMs } = await endSessionsAt(alive);
  await alive.received(1);
  expect(tookMs).toBeLessThan(1_000);
  expect(alive.tokens).toHaveLength(1);
});

test('two copies share the work: each notice is sent once', async () => {
  const receiver = await newReceiver((res) => setTimeout(() => res.end(), 20));
  await endSessionsAt(receiver, 60);
  await receiver.received(60, 10_000);
  await expect.poll(left, { timeout: 5_000 }).toBe(0);
  expect(new Set(receiver.sessions()).size).toBe(60);
  expect(receiver.tokens).toHaveLength(60);
});

test('after a failure it is tried again, with the same jti, until it is delivered', async () => {
  const receiver = await newReceiver((res) => res.writeHead(500).end());
  await endSessionsAt(receiver);
  await receiver.received(1);
  receiver.answer = (res) => res.writeHead(204).end();
  await expect.poll(left).toBe(1);
  clock.forwardSeconds(11);
  await receiver.received(2, 2_500);
  await expect.poll(left).toBe(0);
  const [first, again] = receiver.tokens.map((token) => decodeJwt(token));
  expect(again?.jti).toBe(first?.jti);
  expect((again?.iat ?? 0) - (first?.iat ?? 0)).toBe(11);
});

test.each<[string, Receiver['answer'], string]>([
  ['refuses', (res) => res.writeHead(400).end(), 'answered 400'],
  ['redirects', (res) => res.writeHead(302, { Location: '/elsewhere' }).end(), 'answered 302'],
  ['hangs up', (res) => res.destroy(), 'ECONNRESET'],
])(
  'one that %s is given up after seven attempts, with a record',
  async (_, answer, reason) => {
    const receiver = await newReceiver(answer);
    await endSessionsAt(receiver);
    for (let attempt = 1; attempt <= 7; attempt++) {
      await receiver.received(attempt, 2_500);
      clock.forwardSeconds(3_601);
    }
    await expect.poll(left, { timeout: 2_500 }).toBe(0);
    expect(receiver.tokens).toHaveLength(7);
    expect(receiver.paths).not.toContain('/elsewhere');
    const events = await auth.db.auditEvent.findMany({
      where: { type: 'backchannel_logout.given_up', clientId: receiver.id },
    });
    expect(events).toMatchObject([
      { actor: 'system', subject: 'wangerge', details: { attempts: 7, reason } },
    ]);
    const { givenUp } = auth.logoutDelivery?.counts ?? {};
    expect((givenUp ?? 0) + (second.logoutDelivery?.counts.givenUp ?? 0)).toBeGreaterThan(0);
  },
  30_000,
);

test('what a copy claimed and did not deliver is delivered by another', async () => {
  const receiver = await newReceiver(() => undefined);
  const third = await startInstance(auth.scratch.url, { now: clock.now });
  await endSessionsAt(receiver);
  await receiver.received(1);
  await third.stop();
  receiver.answer = (res) => res.end();
  clock.forwardSeconds(11);
  await receiver.received(2, 2_500);
  await expect.poll(left).toBe(0);
});

test('a notice that no client can be told of any more is removed', async () => {
  const receiver = await newReceiver((res) => res.writeHead(500).end());
  await endSessionsAt(receiver);
  await receiver.received(1);
  await auth.db.client.update({ where: { id: receiver.id }, data: { disabledAt: new Date() } });
  clock.forwardSeconds(25 * 3_600);
  const settings = { everyMs: 3_600_000, refreshRetryMs: 900_000, auditRetentionMs: 1e12 };
  const housekeeping = startHousekeeping(auth.store, { log: silentLog, settings, now: clock.now });
  const purged = await housekeeping.run();
  await housekeeping.close();
  expect([purged.logoutNotices, receiver.tokens.length]).toEqual([1, 1]);
});

test('a system on https sends nothing to http, not even on its own host', async () => {
  const remote = await startAuthService({ env: { ISSUER: 'https://login.example' } });
  const receiver = await newReceiver();
  await addReceiver(remote, receiver);
  await remote.login('wangerge', { client_id: receiver.id });
  const { access_token: token } = (await remote.login('wangerge')).body;
  await remote.request('DELETE /sessions', { token });
  await vi.waitUntil(() => remote.logoutDelivery?.counts.failed === 1, { timeout: 2_000 });
  expect(receiver.tokens).toEqual([]);
  await remote.stop();
});
