import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express, Response as ExpressResponse, Request } from 'express';
import { tokenOf } from '../src/express.ts';

/** One request to an app on loopback. */
export const get = async (app: Express, init: RequestInit = {}): Promise<Response> => {
  const server = createServer(app as RequestListener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/`, init);
  server.close();
  return answer;
};

export const sendSubject = (req: Request, res: ExpressResponse) =>
  void res.send(tokenOf(req).subject);
