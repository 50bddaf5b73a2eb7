import { setTimeout as sleep } from 'node:timers/promises';
import { networkOf } from '@latchkey/service-kit/http/client-network';
import { describe, expect, test } from 'vitest';
import { FairShares } from '../src/bounds/fair-shares.ts';
import { TransferWatch } from '../src/bounds/minimum-rate.ts';

/** What each client gets when all take one by one until none gets more. */
function sharesOf(clients: readonly string[], total: number): number[] {
  const shares = new FairShares(total);
  for (let round = 0; round < total; round += 1) {
    for (const client of clients) shares.take(client);
  }
  return clients.map((client) => shares.heldBy(client));
}

describe('fair shares', () => {
  test.each([
    [['a'], [50]],
    [
      ['a', 'b'],
      [33, 33],
    ],
    [
      ['a', 'b', 'c', 'd'],
      [20, 20, 20, 20],
    ],
  ])('of 100 for %j are %j', (clients, held) => {
    expect(sharesOf(clients, 100)).toEqual(held);
  });

  test('a newcomer finds room beside a greedy client', () => {
    const shares = new FairShares(8);
    while (shares.take('greedy')) {}
    expect([shares.heldBy('greedy'), shares.used]).toEqual([4, 4]);
    expect([shares.take('other'), shares.take('other'), shares.take('other')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('what is given back can be taken again, and a refusal takes nothing', () => {
    const shares = new FairShares(10);
    expect(shares.take('a', 5)).toBe(true);
    expect(shares.take('a', 1)).toBe(false);
    shares.giveBack('a', 5);
    expect([shares.used, shares.heldBy('a')]).toEqual([0, 0]);
    expect(shares.take('a', 5)).toBe(true);
  });
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::9', '2001:db8:1:2'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['no:address', 'unknown'],
])('%s is of the client %s', (address, client) => {
  expect(networkOf(address)).toBe(client);
});

describe('a least rate', () => {
  /** How long it takes until a client that moves `bytes` every 50 ms is too slow. */
  async function msUntilTooSlow(bytes: number, withinMs: number): Promise<number> {
    const startedAt = performance.now();
    const tooSlow = Promise.withResolvers<number>();
    const rate = new TransferWatch({ graceMs: 100, bytesPerSecond: 1_000 }, () =>
      tooSlow.resolve(performance.now() - startedAt),
    );
    rate.start();
    const moving = setInterval(() => rate.add(bytes), 50);
    const ms = await Promise.race([tooSlow.promise, sleep(withinMs, Number.POSITIVE_INFINITY)]);
    clearInterval(moving);
    rate.stop();
    return ms;
  }

  test('ends a client that moves nothing after the grace', async () => {
    const ms = await msUntilTooSlow(0, 2_000);
    expect(ms).toBeGreaterThan(90);
    expect(ms).toBeLessThan(1_000);
  });

  test('gives half the rate twice the grace, for what was moved counts', async () => {
    expect(await msUntilTooSlow(25, 2_000)).toBeGreaterThan(140);
  });

  test('leaves a client alone that keeps to it', async () => {
    expect(await msUntilTooSlow(100, 600)).toBe(Number.POSITIVE_INFINITY);
  });
});
