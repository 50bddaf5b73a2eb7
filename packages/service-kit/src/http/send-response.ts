import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Passes a `Response` on while it comes; a client that leaves ends it. */
export async function sendResponse(res: ServerResponse, response: Response): Promise<void> {
  res.statusCode = response.status;
  res.setHeaders(response.headers);
  if (!response.headers.has('Cache-Control')) res.setHeader('Cache-Control', 'no-store');
  if (response.body === null) {
    res.end();
    return;
  }
  res.flushHeaders();
  await pipeline(Readable.fromWeb(response.body), res).catch(() => res.destroy());
}
