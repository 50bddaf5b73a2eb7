import { requester } from '@latchkey/service-kit/testing/harness';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { skeletonOf } from '../src/names/skeleton.ts';
import { type AuthService, PASSWORD, startAuthService } from './harness.ts';
import { type ServiceProcess, spawnService } from './service-process.ts';

/** `ATTACK_PARALLEL=4` keeps more of them coming than may wait. */
const PARALLEL = Number(process.env.ATTACK_PARALLEL ?? 2);
const ACCOUNTS = 45;
const LOGINS = 10;
const CROWDED = '203.0.113.9';

let auth: AuthService;
let service: ServiceProcess;
beforeAll(async () => {
  auth = await startAuthService();
  const { passwordHash } = await auth.db.user.findUniqueOrThrow({ where: { username: 'agent' } });
  const usernames = Array.from({ length: ACCOUNTS }, (_, at) => `crowd${at}`);
  await auth.db.user.createMany({
    data: usernames.map((username) => ({ username, skeleton: skeletonOf(username), passwordHash })),
  });
  service = await spawnService(auth.scratch.url, { TRUSTED_PROXIES: 'loopback' });
});
afterAll(async () => {
  await service.stop();
  await auth.stop();
});

async function login(address: string, username: string) {
  const startedAt = performance.now();
  const { status } = await requester(service.url)('POST /token', {
    form: { username, password: PASSWORD },
    headers: { 'X-Forwarded-For': address },
  });
  return { status, ms: performance.now() - startedAt };
}

type Login = Awaited<ReturnType<typeof login>>;

function quantile(logins: readonly Login[], q: number): number {
  const times = logins.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return Math.round(times[Math.floor(times.length * q)] as number);
}

test('logins from elsewhere pass while one address keeps every hasher busy', async () => {
  const crowd: Login[] = [];
  const others: Login[] = [];
  let busy = true;
  const attack = Array.from({ length: ACCOUNTS * PARALLEL }, async (_, at) => {
    while (busy) crowd.push(await login(CROWDED, `crowd${at % ACCOUNTS}`));
  });
  await expect.poll(() => crowd.length, { timeout: 30_000 }).toBeGreaterThan(ACCOUNTS);
  for (let at = 0; at < LOGINS; at++) others.push(await login(`198.51.100.${at}`, 'wangerge'));
  busy = false;
  await Promise.all(attack);

  const served = crowd.filter(({ status }) => status === 200);
  expect(new Set(others.map(({ status }) => status))).toEqual(new Set([200]));
  const figures = {
    crowd: { p50: quantile(served, 0.5), p99: quantile(served, 0.99) },
    others: { p50: quantile(others, 0.5), p99: quantile(others, 0.99) },
  };
  process.stdout.write(`logins under attack, ms: ${JSON.stringify(figures)}\n`);
  // The crowd waits behind itself. Relative, so that a slow machine changes nothing.
  expect(figures.others.p50).toBeLessThan(figures.crowd.p50 / 3);
}, 120_000);
