import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { SessionOperations } from './session-operations.ts';

const LOOK_MS = 1_000;
/** So that nothing in between takes a silent stream for a dead one. */
const HEARTBEAT_MS = 15_000;
/** How long a stream is kept; pages open the next one by themselves. */
const MAX_MS = 3_600_000;

/** Says `ended` when the session is over, wherever it was ended. */
export function sessionEvents(
  { mayHaveEnded }: Pick<SessionOperations, 'mayHaveEnded'>,
  secret: string,
  isOver: () => Promise<boolean>,
) {
  return (res: ServerResponse): void => {
    const closed = new AbortController();
    res.once('close', () => closed.abort());
    res.on('error', () => closed.abort());
    const isOpen = () => !closed.signal.aborted && !res.writableEnded;
    const say = (event: string) => {
      if (isOpen()) res.write(`event: ${event}\ndata: {}\n\n`);
    };
    const watch = async () => {
      const startedAt = performance.now();
      let heartbeatAt = startedAt;
      say('current');
      while (isOpen() && performance.now() - startedAt < MAX_MS) {
        await delay(LOOK_MS, undefined, { signal: closed.signal });
        const isDue = performance.now() - heartbeatAt > HEARTBEAT_MS;
        // Trouble of ours ends nothing: the next look may go better.
        const over = await look(isDue).catch(() => false);
        if (over) say('ended');
        if (over) break;
        if (!isDue) continue;
        heartbeatAt = performance.now();
        say('current');
      }
      if (isOpen()) res.end();
    };
    const look = async (isDue: boolean) =>
      (isDue || (await mayHaveEnded(secret))) && (await isOver());
    // The browser left.
    watch().catch(() => undefined);
  };
}
