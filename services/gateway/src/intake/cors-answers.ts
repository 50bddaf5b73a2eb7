import type { IncomingMessage, ServerResponse } from 'node:http';
import { problems } from '../errors.ts';
import type { ProxiedRequest } from '../proxied-request.ts';
import type { Cors, Preflight } from './cors.ts';

/** Answers a preflight here: no service is asked, and none needs to know of CORS. */
export function answerPreflight(proxied: ProxiedRequest, { allowed, headers }: Preflight): void {
  if (!allowed) {
    proxied.fail(problems.origin_not_allowed({ headers: { Vary: 'Origin' } }));
    return;
  }
  proxied.writeHead(204, headers);
  proxied.res.end();
}

/** Lets allowed pages read what the gateway answers through Express. */
export function allowReading(req: IncomingMessage, res: ServerResponse, cors?: Cors): void {
  const headers: string[] = [];
  cors?.apply(req, headers);
  for (let index = 0; index < headers.length; index += 2) {
    res.setHeader(headers[index] as string, headers[index + 1] as string);
  }
}
