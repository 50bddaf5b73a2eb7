import type { Response } from 'express';
import type { Health } from '../process/health.ts';
import { problems } from './problems.ts';
import type { Reply } from './route.ts';

/** A client that does not read what is left of a stream does not hold up the end of the service. */
const LAST_WORDS_MS = 1_000;

export type Send = (res: Response, reply: Reply) => void;

/** Sends replies; streams end when the service drains, so that their clients turn elsewhere first. */
export function sendReply(health: Health): Send {
  const streams = new Set<Response>();
  health.drainSignal.addEventListener('abort', () => {
    for (const res of streams) {
      res.end();
      setTimeout(() => res.destroy(), LAST_WORDS_MS).unref();
    }
  });

  return (res, { status, headers = {}, body, stream }) => {
    if (stream && health.draining) throw problems.unavailable({ headers: { 'Retry-After': '1' } });
    res.status(status);
    if (!headers['Cache-Control']) res.setHeader('Cache-Control', 'no-store');
    res.set(headers);
    if (stream && res.req.method !== 'HEAD') {
      streams.add(res);
      res.once('close', () => streams.delete(res));
      res.flushHeaders();
      stream(res);
    } else if (body === undefined) res.end();
    else if (typeof body === 'string' || Buffer.isBuffer(body)) res.send(body);
    else res.json(body);
  };
}
