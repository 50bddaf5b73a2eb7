import type { ServerResponse } from 'node:http';
import { writeEvent } from '@latchkey/service-kit/http/event-stream';

/** Who listens at this instance. */
export function createListeners(limit: number) {
  const all = new Set<ServerResponse>();
  let dropped = 0;
  return {
    count: () => all.size,
    isFull: () => all.size >= limit,

    add(res: ServerResponse): void {
      all.add(res);
      res.once('close', () => all.delete(res));
    },

    sendAll(text: string): void {
      const bytes = Buffer.from(text);
      for (const res of all) {
        if (writeEvent(res, bytes)) continue;
        // It comes back and is told what it missed.
        dropped += 1;
        all.delete(res);
      }
    },

    /** How many were dropped since it was last asked. */
    takeDropped(): number {
      const count = dropped;
      dropped = 0;
      return count;
    },
  };
}
