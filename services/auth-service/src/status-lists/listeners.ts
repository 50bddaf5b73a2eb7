import type { ServerResponse } from 'node:http';

/** A listener that has as much still to read is dropped: it comes back and is told what it missed. */
const MAX_UNSENT_BYTES = 1024 ** 2;

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
        if (res.writableLength <= MAX_UNSENT_BYTES) {
          res.write(bytes);
          continue;
        }
        dropped += 1;
        all.delete(res);
        res.destroy();
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
