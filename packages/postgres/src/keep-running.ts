import { setTimeout as delay } from 'node:timers/promises';
import type { KeeperProcess } from './keeper-process.ts';

const MAX_TRIES = 5;
const WINDOW_MS = 60_000;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;

/**
 * Restarts a server that ended unexpectedly, with or without its keeper: at most five times a
 * minute, with a delay that doubles.
 */
export function keepRunning(
  first: KeeperProcess,
  startAgain: () => Promise<KeeperProcess>,
  onRestart: (line: string) => void,
): Pick<KeeperProcess, 'ended' | 'stop'> {
  const stopping = new AbortController();
  const { signal } = stopping;
  let current: KeeperProcess | undefined = first;
  let tries: number[] = [];

  /** @returns nothing when it is stopping, or when the tries are used up */
  async function restart(): Promise<KeeperProcess | undefined> {
    for (;;) {
      tries = tries.filter((atMs) => atMs > Date.now() - WINDOW_MS);
      if (tries.length === MAX_TRIES) return undefined;
      const delayMs = Math.min(FIRST_DELAY_MS * 2 ** tries.length, MAX_DELAY_MS);
      tries.push(Date.now());
      await delay(delayMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return undefined;
      // Right after a crash its last processes may still hold the shared memory.
      const keeper = await startAgain().catch(() => undefined);
      if (keeper) return keeper;
    }
  }

  async function supervise(): Promise<void> {
    while (current) {
      await current.ended;
      current = undefined;
      if (signal.aborted) return;
      onRestart('PostgreSQL ended unexpectedly and is restarted.');
      current = await restart();
      // Stopped while it was starting.
      if (signal.aborted) await current?.stop();
    }
  }

  const ended = supervise();
  return {
    ended,
    async stop() {
      stopping.abort();
      await current?.stop();
      await ended;
    },
  };
}
