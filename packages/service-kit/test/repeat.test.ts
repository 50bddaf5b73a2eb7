import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { repeat, retryInBackground } from '../src/process/repeat.ts';
import { silentLog as log } from '../testing/harness.ts';

const options = { everyMs: 5, log, failure: 'it failed' };

test('work is done at intervals, never twice at once, and what it gives is passed on', async () => {
  let atOnce = 0;
  const results: number[] = [];
  const work = async () => {
    atOnce += 1;
    expect(atOnce).toBe(1);
    await delay(20);
    atOnce -= 1;
    return results.length;
  };
  const repeated = repeat(work, { ...options, onDone: (result) => results.push(result) });
  const [one, other] = [repeated.run(), repeated.run()];
  expect(other).toBe(one);
  await vi.waitFor(() => expect(results.length).toBeGreaterThan(2));
  await repeated.close();
});

test('a run that fails is logged, and the next one is tried', async () => {
  const warn = vi.spyOn(log, 'warn');
  let runs = 0;
  const repeated = repeat(async () => {
    runs += 1;
    throw new Error('away');
  }, options);
  await vi.waitFor(() => expect(runs).toBeGreaterThan(1));
  expect(warn).toHaveBeenCalledWith({ err: new Error('away') }, 'it failed');
  await repeated.close();
});

test('closing waits for the run that is under way, and tells it to end', async () => {
  let isDone = false;
  const repeated = repeat(async (signal) => {
    while (!signal.aborted) await delay(5);
    await delay(10);
    isDone = true;
  }, options);
  void repeated.run();
  await repeated.close();
  expect(isDone).toBe(true);
});

test('what is retried in the background is done once it works', async () => {
  const outcomes: string[] = [];
  retryInBackground(
    async () => {
      outcomes.push('tried');
      if (outcomes.length < 3) throw new Error('away');
    },
    { retryMs: 5, log, failure: 'not yet' },
  );
  await vi.waitFor(() => expect(outcomes).toHaveLength(3));
  await delay(30);
  expect(outcomes).toHaveLength(3);
});
