import { describe, expect, it } from 'vitest';
import { Traffic } from '../src/upstreams/traffic.ts';

/** With a clock in seconds. */
function start() {
  let nowMs = 5_000;
  const traffic = new Traffic(() => nowMs);
  return {
    traffic,
    at: (seconds: number) => {
      nowMs = seconds * 1_000;
    },
  };
}

const NONE = { requestsPerSecond: 0, errorsPerSecond: 0, p50Ms: 0, p99Ms: 0 };

describe('the traffic of a service', () => {
  it('is none at first', () => {
    expect(start().traffic.figures()).toEqual(NONE);
  });

  it('is that of the last ten complete seconds', () => {
    const { traffic, at } = start();
    for (let second = 0; second < 12; second += 1) {
      at(second);
      for (let n = 0; n <= second; n += 1) traffic.count(200, 1);
    }
    at(11.999);
    // Of the seconds 1 to 10; the one under way does not count yet.
    expect(traffic.figures().requestsPerSecond).toBe(6.5);
    at(12);
    expect(traffic.figures().requestsPerSecond).toBe(7.5);
    at(21);
    expect(traffic.figures().requestsPerSecond).toBe(1.2);
    at(22);
    expect(traffic.figures()).toEqual(NONE);
  });

  it('forgets what a second of the ring held before', () => {
    const { traffic, at } = start();
    traffic.count(500, 900);
    at(5 + 11);
    traffic.count(200, 1);
    at(17);
    expect(traffic.figures()).toMatchObject({ requestsPerSecond: 0.1, errorsPerSecond: 0 });
    expect(traffic.figures().p99Ms).toBeCloseTo(1, 1);
  });

  it('has faults of services as errors, and no others', () => {
    const { traffic, at } = start();
    for (const status of [200, 304, 401, 404, 429, 500, 503]) traffic.count(status, 1);
    at(6);
    expect(traffic.figures()).toMatchObject({ requestsPerSecond: 0.7, errorsPerSecond: 0.2 });
  });

  it('has percentiles within one percent, whatever is recorded', () => {
    const { traffic, at } = start();
    for (let ms = 1; ms <= 100; ms += 1) traffic.count(200, ms);
    at(6);
    const { p50Ms, p99Ms } = traffic.figures();
    expect(Math.abs(p50Ms - 50)).toBeLessThan(0.5);
    expect(Math.abs(p99Ms - 99)).toBeLessThan(1);
    for (const ms of [0, -1, 0.0001, 10 ** 9]) traffic.count(200, ms);
    at(7);
    expect(traffic.figures().p99Ms).toBeLessThanOrEqual(606_000);
  });
});
