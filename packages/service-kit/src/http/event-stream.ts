import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Reply } from './route.ts';

export const EVENT_STREAM_TYPE = 'text/event-stream';

/** Server-sent events, which `open` begins to write. */
export const eventStream = (open: (res: ServerResponse) => void): Reply => ({
  status: 200,
  // nginx would collect events before it passes them on.
  headers: { 'Content-Type': EVENT_STREAM_TYPE, 'X-Accel-Buffering': 'no' },
  stream: open,
});

/** One event; `data` is one line. */
export const serverSentEvent = (event: string, data: string, id?: string): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;

/** A client that has as much still to read is dropped: it comes back. */
const MAX_UNSENT_BYTES = 1024 ** 2;

/** Returns false when the client reads too slowly, and is dropped. */
export function writeEvent(res: ServerResponse, event: string | Buffer): boolean {
  if (res.writableEnded || res.destroyed) return true;
  if (res.writableLength <= MAX_UNSENT_BYTES) {
    res.write(event);
    return true;
  }
  res.destroy();
  return false;
}

/** A client that does not read what is left of a stream does not hold up its end. */
const LAST_WORDS_MS = 1_000;

export function endStream(res: ServerResponse): void {
  res.end();
  setTimeout(() => res.destroy(), LAST_WORDS_MS).unref();
}

export interface StreamWatch {
  /**
   * Asked once a second, with `isDue` when a heartbeat is. A failure ends nothing: the next look may
   * go better.
   */
  isOver(isDue: boolean): boolean | Promise<boolean>;
  /** A comment if not given. */
  heartbeat?: string;
  /** Sent when it is over, not at the end of its longest time. */
  lastEvent?: string;
  /** Every 15 s if not given: nothing in between takes a silent stream for a dead one. */
  heartbeatMs?: number;
  /** An hour if not given: pages open the next one by themselves. */
  maxMs?: number;
}

const LOOK_MS = 1_000;
const COMMENT = ':\n\n';

/** Ends a stream when it is over, and keeps it alive until then. */
export function watchStream(res: ServerResponse, watch: StreamWatch): void {
  const { isOver, heartbeat = COMMENT, lastEvent } = watch;
  const { heartbeatMs = 15_000, maxMs = 3_600_000 } = watch;
  const closed = new AbortController();
  res.once('close', () => closed.abort());
  res.on('error', () => closed.abort());
  const isOpen = () => !closed.signal.aborted && !res.writableEnded && !res.destroyed;
  const look = async (isDue: boolean) => isOver(isDue);
  const run = async () => {
    const startedAt = performance.now();
    let beatAt = startedAt;
    while (isOpen() && performance.now() - startedAt < maxMs) {
      await delay(LOOK_MS, undefined, { ref: false, signal: closed.signal });
      const isDue = performance.now() - beatAt > heartbeatMs;
      const over = await look(isDue).catch(() => false);
      if (over && lastEvent) writeEvent(res, lastEvent);
      if (over) break;
      if (!isDue) continue;
      beatAt = performance.now();
      writeEvent(res, heartbeat);
    }
    if (isOpen()) endStream(res);
  };
  // The client left.
  run().catch(() => undefined);
}
