import { createVerifier } from '@latchkey/jwt-verify';
import { startTestIssuer } from '@latchkey/jwt-verify/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type HarnessOptions, type SupportService, startSupportService } from './harness.ts';
import { testRefusals } from './refusals.ts';
import { listen } from './ticket-listener.ts';
import { accessToken, agent, alice, bob } from './tokens.ts';

let one: SupportService;
let two: SupportService;
beforeAll(async () => {
  one = await startSupportService();
  two = await startSupportService({ beside: one });
  await untilListening(one);
  await untilListening(two);
});
afterAll(async () => {
  await two.stop();
  await one.stop();
});

const untilListening = (service: SupportService, token = bob) =>
  vi.waitFor(async () => (await listen(service, token)).leave(), { timeout: 5_000 });

async function start(options: HarnessOptions = {}) {
  const service = await startSupportService(options);
  onTestFinished(() => service.stop());
  return service;
}

const write = (service: SupportService, id: number, token: string) =>
  service.request(`POST /tickets/${id}/messages`, { token, json: { text: 'Hello.' } });
const close = (service: SupportService, id: number, token: string) =>
  service.request(`PATCH /tickets/${id}`, { token, json: { status: 'closed' } });

test('each change is heard at every instance, by the owner and by agents alone', async () => {
  const owner = await listen(two, alice);
  const stranger = await listen(two, bob);
  const support = await listen(one, agent);
  const id = await one.openTicket(alice);
  await write(two, id, agent);
  await close(one, id, alice);
  // Changes nothing, and is refused.
  await close(two, id, agent);
  expect((await write(one, id, alice)).status).toBe(409);
  const last = await two.openTicket(bob);

  await expect.poll(() => support.changesOf(last)).toEqual(['opened']);
  await expect.poll(() => stranger.heard).toEqual([{ id: last, change: 'opened' }]);
  expect(support.changesOf(id)).toEqual(['opened', 'message', 'status']);
  expect(owner.heard).toEqual([
    { id, change: 'opened' },
    { id, change: 'message' },
    { id, change: 'status' },
  ]);
  for (const page of [owner, stranger, support]) page.leave();
});

test('the answer is a stream that nothing on the way may keep or collect', async () => {
  const { response, leave } = await listen(one, alice);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-accel-buffering')).toBe('no');
  leave();
});

test('what is no notice of ours is passed over', async () => {
  const page = await listen(one, agent);
  for (const payload of ['', 'no JSON', '{"id":1}', '{"id":"1","owner":1,"change":"opened"}']) {
    await one.db.$executeRaw`SELECT pg_notify('latchkey_tickets', ${payload})`;
  }
  const id = await one.openTicket(alice);
  await expect.poll(() => page.heard).toEqual([{ id, change: 'opened' }]);
  page.leave();
});

test('it ends within a second of a revocation, and nothing more is said', async () => {
  const issuer = await startTestIssuer({ audience: 'support-service' });
  const verifier = createVerifier({
    ...issuer.verifierOptions(),
    keys: { url: issuer.keySetUrl, allowInsecureHttp: true },
    revocation: { url: issuer.statusLists.url },
  });
  onTestFinished(async () => {
    verifier.close();
    await issuer.close();
  });
  await verifier.ready();
  const service = await start({ beside: one, verifier });
  const mint = (id: number) =>
    issuer.mint({ claims: { sub: `p${id}`, id, scope: 'tickets:read tickets:write' } });
  const revoked = mint(1);
  await untilListening(service, mint(2));
  const page = await listen(service, revoked);
  const other = await listen(service, mint(3));
  issuer.revoke(revoked);
  await expect.poll(() => page.hasEnded(), { timeout: 1_500 }).toBe(true);
  expect(other.hasEnded()).toBe(false);
  await one.openTicket(alice);
  expect((await service.request('GET /tickets/events', { token: revoked })).status).toBe(401);
  expect(page.heard).toEqual([]);
  other.leave();
});

test('it ends when the token expires', async () => {
  const token = accessToken({ sub: 'alice', id: 1, expiresIn: 3 });
  const page = await listen(one, token);
  const lasting = await listen(one, alice);
  await expect.poll(() => page.hasEnded(), { timeout: 5_000 }).toBe(true);
  expect(lasting.hasEnded()).toBe(false);
  lasting.leave();
});

test('a person has ten streams at an instance, and leaves no trace', async () => {
  const token = accessToken({ sub: 'cy', id: 3 });
  const pages = await Promise.all(Array.from({ length: 10 }, () => listen(one, token)));
  const refused = await one.request('GET /tickets/events', { token });
  expect([refused.status, refused.body.code]).toEqual([429, 'too_many_streams']);
  expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  const others = [await listen(one, alice), await listen(two, token)];
  for (const page of [...pages, ...others]) page.leave();
  await untilListening(one, token);
});

test('an instance has so many in all', async () => {
  const service = await start({ beside: one, ticketStreams: 2 });
  await untilListening(service);
  const pages = [await listen(service, alice), await listen(service, alice)];
  const refused = await service.request('GET /tickets/events', { token: bob });
  expect([refused.status, refused.body.code]).toEqual([503, 'streams_full']);
  expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  for (const page of pages) page.leave();
});

test('a draining instance ends its streams at once, and opens none', async () => {
  const service = await start({ beside: one });
  await untilListening(service);
  const page = await listen(service, alice);
  service.health.drain();
  await expect.poll(() => page.hasEnded(), { timeout: 500 }).toBe(true);
  const refused = await service.request('GET /tickets/events', { token: alice });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  // A change that comes in between is no error.
  await one.openTicket(alice);
  expect((await service.request('GET /healthz')).status).toBe(200);
});

test('while the database is away a stream stays and says nothing; then pages come back', async () => {
  const service = await start();
  await untilListening(service);
  const page = await listen(service, alice);
  await service.suspendDatabase();
  await expect
    .poll(async () => (await service.request('GET /tickets/events', { token: alice })).body?.code)
    .toBe('updates_unavailable');
  expect(page.hasEnded()).toBe(false);
  await service.resumeDatabase();
  await expect.poll(() => page.hasEnded(), { timeout: 8_000 }).toBe(true);
  expect(page.heard).toEqual([]);
  const again = await listen(service, alice);
  const id = await service.openTicket(alice);
  await expect.poll(() => again.changesOf(id)).toEqual(['opened']);
  again.leave();
}, 20_000);

describe('refusals', () => {
  testRefusals(() => one, { line: 'GET /tickets/events', scope: 'tickets:read' });
});
