import type { ServerResponse } from 'node:http';
import type { VerifiedToken } from '@latchkey/jwt-verify';
import {
  endStream,
  serverSentEvent,
  watchStream,
  writeEvent,
} from '@latchkey/service-kit/http/event-stream';
import type { HasEnded } from '@latchkey/service-kit/http/guard';
import type { Log } from '@latchkey/service-kit/process/log';
import { problems } from '../errors.ts';
import { type Viewer, viewerOf } from '../viewer.ts';
import type { TicketChangeRepository } from './ticket-change-repository.ts';

interface Dependencies {
  changes: Pick<TicketChangeRepository, 'follow'>;
  hasEnded: HasEnded;
  /** Most streams at once. */
  limit: number;
  log: Log;
}

interface Stream {
  viewer: Viewer;
  auth: VerifiedToken;
  res: ServerResponse;
}

/** Tabs and devices of one person, at one instance. */
const MAX_PER_PERSON = 10;
/** Clients come back within this time, not all at the same moment. */
const RETRY_MS = { min: 500, max: 2_500 };

export type TicketStreams = ReturnType<typeof ticketStreams>;

/** Sends each change of a ticket to those who may see it, whichever instance made it. */
export function ticketStreams({ changes, hasEnded, limit, log }: Dependencies) {
  const streams = new Set<Stream>();
  let isListening = false;

  changes.follow({
    onChange({ owner, ...event }) {
      const text = serverSentEvent('ticket', JSON.stringify(event));
      for (const { viewer, auth, res } of streams) {
        if (viewer.agent || viewer.id === owner) {
          if (hasEnded(auth)) endStream(res);
          else writeEvent(res, text);
        }
      }
    },
    onOpen() {
      // What happened in between was not heard: pages come back and read again.
      for (const { res } of streams) endStream(res);
      isListening = true;
    },
    onLost(err) {
      isListening = false;
      log.warn({ err, streams: streams.size }, 'the connection that hears of tickets is lost');
    },
    onUnavailable: (err) => log.warn({ err }, 'changes of tickets cannot be heard'),
  });

  return {
    /** @throws Problem when this person cannot listen here now */
    assertOpen({ id }: Viewer): void {
      if (!isListening) throw problems.updates_unavailable({ headers: { 'Retry-After': '2' } });
      if (streams.size >= limit) throw problems.streams_full({ headers: { 'Retry-After': '10' } });
      const own = [...streams].filter(({ viewer }) => viewer.id === id);
      if (own.length >= MAX_PER_PERSON) {
        throw problems.too_many_streams({ headers: { 'Retry-After': '10' } });
      }
    },

    listen(auth: VerifiedToken, res: ServerResponse): void {
      const stream = { viewer: viewerOf(auth), auth, res };
      streams.add(stream);
      res.once('close', () => streams.delete(stream));
      if (res.destroyed) streams.delete(stream);
      const { min, max } = RETRY_MS;
      writeEvent(res, `retry: ${Math.round(min + (max - min) * Math.random())}\n\n`);
      watchStream(res, { isOver: () => hasEnded(auth) });
    },
  };
}
