import type { ServerResponse } from 'node:http';

/** A listener that has as much still to read is dropped: it comes back and is told what it missed. */
const MAX_UNSENT_BYTES = 1024 ** 2;

/** Those who listen at this instance, at most `limit`. */
export function createListeners(limit: number, onSlow: () => void) {
  const all = new Set<ServerResponse>();
  const write = (res: ServerResponse, text: string | Buffer) => {
    if (res.writableLength <= MAX_UNSENT_BYTES) return void res.write(text);
    onSlow();
    res.destroy();
  };
  return {
    count: () => all.size,
    isFull: () => all.size >= limit,
    add(res: ServerResponse): void {
      all.add(res);
      res.once('close', () => all.delete(res));
    },
    sendTo: write,
    sendAll(text: string): void {
      const bytes = Buffer.from(text);
      for (const res of all) write(res, bytes);
    },
  };
}
