import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response as ExpressResponse } from 'express';
import type { Health } from '../process/health.ts';
import { endStream } from './event-stream.ts';
import { problems } from './problems.ts';
import type { Reply } from './route.ts';

export type Send = (res: ExpressResponse, reply: Reply | Response) => void;

/** Sends replies; streams end when the service drains, so that their clients turn elsewhere first. */
export function sendReply(health: Health): Send {
  const streams = new Set<ExpressResponse>();
  health.drainSignal.addEventListener('abort', () => {
    for (const res of streams) endStream(res);
  });
  const track = (res: ExpressResponse) => {
    streams.add(res);
    res.once('close', () => streams.delete(res));
  };

  return (res, reply) => {
    const {
      status,
      headers = {},
      body,
      stream,
    } = reply instanceof Response ? passedOn(reply) : reply;
    const isEndless = isEventStream(headerOf(headers, 'content-type'));
    if (isEndless && health.draining) {
      throw problems.unavailable({ headers: { 'Retry-After': '1' } });
    }
    res.status(status).set(headers);
    if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store');
    if (stream && res.req.method !== 'HEAD') {
      if (isEndless) track(res);
      res.flushHeaders();
      stream(res);
    } else if (body === undefined) res.end();
    else if (typeof body === 'string' || Buffer.isBuffer(body)) res.send(body);
    else res.json(body);
  };
}

/** Server-sent events, which do not end by themselves. */
export const isEventStream = (contentType: unknown): boolean =>
  /^text\/event-stream\s*(;|$)/i.test(String(contentType));

/** Of headers whose names may be in any case. */
const headerOf = (headers: object, name: string): unknown =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];

/** A `Response` as it comes; a client that leaves ends it. */
function passedOn({ status, headers, body }: Response): Reply {
  const reply: Reply = { status, headers: Object.fromEntries(headers) };
  if (!body) return reply;
  const stream = (res: ServerResponse) =>
    void pipeline(Readable.fromWeb(body), res).catch(() => res.destroy());
  return { ...reply, stream };
}
