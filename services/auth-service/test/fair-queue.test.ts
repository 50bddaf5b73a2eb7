import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { FairQueue, type Release } from '../src/limits/fair-queue.ts';

/** Takes turns by name and notes who was served or refused, in order. */
function observed(limits: { concurrency: number; waiting: number }) {
  const queue = new FairQueue(limits);
  const served: string[] = [];
  const refused: string[] = [];
  const running: { name: string; release: Release }[] = [];
  return {
    served,
    refused,
    async take(...names: string[]) {
      for (const name of names) {
        queue.take(name).then(
          (release) => {
            served.push(name);
            running.push({ name, release });
          },
          (error) => {
            expect(error.toJSON()).toMatchObject({ status: 503, code: 'too_busy' });
            expect(error.headers).toMatchObject({ 'Retry-After': '1' });
            refused.push(name);
          },
        );
      }
      await setImmediate();
    },
    /** Ends turns, the longest running first. */
    async end(turns: number) {
      for (let n = 0; n < turns; n++) {
        running.shift()?.release();
        await setImmediate();
      }
    },
  };
}

test('alone, a line takes every turn and every place', async () => {
  const { take, end, served, refused } = observed({ concurrency: 2, waiting: 3 });
  await take('a', 'a', 'a', 'a', 'a', 'a');
  expect(served).toEqual(['a', 'a']);
  expect(refused).toEqual(['a']);
  await end(3);
  expect(served).toHaveLength(5);
  await take('a');
  expect(refused).toHaveLength(1);
});

test('a newcomer is next, however long another line is', async () => {
  const { take, end, served } = observed({ concurrency: 2, waiting: 100 });
  await take(...Array(50).fill('a'), 'b');
  await end(1);
  expect(served).toEqual(['a', 'a', 'b']);
});

test('lines take turns', async () => {
  const { take, end, served } = observed({ concurrency: 1, waiting: 100 });
  await take('a', 'a', 'a', 'a', 'b', 'b', 'c');
  await end(6);
  expect(served.join('')).toBe('abcabaa');
});

test('the line with the fewest running is next', async () => {
  const { take, end, served } = observed({ concurrency: 3, waiting: 100 });
  await take('b', 'a', 'a', 'b', 'a', 'b');
  await end(1);
  expect(served.join('')).toBe('baab');
});

test('full, the longest line gives up its newest for a shorter one', async () => {
  const { take, end, served, refused } = observed({ concurrency: 1, waiting: 4 });
  await take('a', 'a', 'a', 'a', 'a');
  await take('b');
  expect(refused).toEqual(['a']);
  await take('b');
  expect(refused).toEqual(['a', 'a']);
  await take('b');
  expect(refused).toEqual(['a', 'a', 'b']);
  await end(4);
  expect(served.join('')).toBe('ababa');
});

test('full of lines of one, there is no place for another', async () => {
  const { take, refused } = observed({ concurrency: 1, waiting: 3 });
  await take('a', 'b', 'c', 'd', 'e');
  expect(refused).toEqual(['e']);
});

test('a turn ends once, with its work, whether or not that fails', async () => {
  const queue = new FairQueue({ concurrency: 1, waiting: 1 });
  const failing = queue.run('a', () => Promise.reject(new Error('wrong')));
  await expect(failing).rejects.toThrow('wrong');
  const release = await queue.take('a');
  release();
  release();
  await queue.take('a');
  let served = false;
  queue.take('b').then(() => {
    served = true;
  });
  await setImmediate();
  expect(served).toBe(false);
});
