import { afterAll, beforeAll, expect, it } from 'vitest';
import { type System, startSystem } from '../src/system.ts';

const PER_SECOND = 200;
const TICK_MS = 50;
const PUBLISH_AHEAD_MS = 2_000;

let system: System;
beforeAll(async () => {
  system = await startSystem({ KEY_PUBLISH_AHEAD_SECONDS: String(PUBLISH_AHEAD_MS / 1_000) });
});
afterAll(() => system?.stop());

it('rotations under 200 requests a second: no token is refused', async () => {
  const { request, login, newPerson } = system;
  const ada = await newPerson('ada');
  const admin = await login('admin', 'test1234', { scope: 'admin' });
  const statuses = new Map<string, number>();
  const kids = new Set<string>();
  let token = ada.token;
  let running = true;

  const ask = async (route: string) => {
    const { status } = await request(route, { token });
    statuses.set(`${route} ${status}`, (statuses.get(`${route} ${status}`) ?? 0) + 1);
  };
  const load = async () => {
    const asked: Promise<void>[] = [];
    let nextTickAt = performance.now();
    for (let n = 0; running; n++) {
      asked.push(ask(n % 2 === 0 ? 'GET /todo' : 'GET /tickets'));
      if (n % ((PER_SECOND * TICK_MS) / 1_000) !== 0) continue;
      nextTickAt += TICK_MS;
      const waitMs = Math.max(0, nextTickAt - performance.now());
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    await Promise.all(asked);
  };
  const renew = async () => {
    let refreshToken = ada.answer.body.refresh_token;
    while (running) {
      const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
      const { status, body } = await request('POST /token', { form });
      expect(status).toBe(200);
      refreshToken = body.refresh_token;
      token = body.access_token;
      kids.add(kidOf(token));
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  const rotate = async () => {
    const before = kids.size;
    const rotation = () => request('POST /admin/keys/rotation', { token: tokenOf(admin) });
    await expect
      .poll(async () => (await rotation()).status, { timeout: 15_000, interval: 200 })
      .toBe(204);
    await expect.poll(() => kids.size, { timeout: 10_000 }).toBe(before + 1);
  };

  const startedAt = performance.now();
  const work = Promise.all([load(), renew()]);
  await expect.poll(() => kids.size).toBe(1);
  await rotate();
  await rotate();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  running = false;
  await work;

  const seconds = (performance.now() - startedAt) / 1_000;
  const total = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  process.stdout.write(`rotations: ${Math.round(total / seconds)} requests/s, none refused\n`);
  expect([...statuses.keys()].sort()).toEqual(['GET /tickets 200', 'GET /todo 200']);
  expect(total).toBeGreaterThan(500);
});

const tokenOf = ({ body }: { body: { access_token: string } }) => body.access_token;

const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
