/** Nothing but argon2id, one thread a core: takes a duration in ms, answers hashes a second. */
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';

const password = 'a password like any other';
const known = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });

process.on('message', async (durationMs: number) => {
  const start = performance.now();
  const end = start + durationMs;
  let count = 0;
  const work = async () => {
    while (performance.now() < end) {
      await verify(known, password);
      count++;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  process.send?.(count / ((performance.now() - start) / 1000));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
