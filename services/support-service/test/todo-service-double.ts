import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Respond = (res: ServerResponse, req: IncomingMessage) => void;

export const json =
  (status: number, body: unknown): Respond =>
  (res) => {
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    res.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
  };

const problem = (status: number, code: string, detail: string) =>
  json(status, { type: 'about:blank', title: 'x', status, detail, code });

/** Never answers. */
export const silence: Respond = () => undefined;
export const absent = problem(404, 'todo_not_found', 'Todo not found.');
export const notEnoughScope = problem(403, 'scope_insufficient', 'Not enough permissions.');
export const tokenRefused = problem(401, 'token_audience', 'Could not validate user.');

export const milk = {
  id: 7,
  title: 'Buy milk',
  description: 'secret shop',
  priority: 3,
  done: false,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
};

/** todo-service as seen from here: a real server that answers by its contract, or as told. */
export async function startTodoService() {
  const state = { respond: json(200, milk) as Respond, requests: [] as IncomingMessage[] };
  const server = createServer((req, res) => {
    state.requests.push(req);
    state.respond(res, req);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: state.requests,
    answerWith(respond: Respond) {
      state.respond = respond;
      state.requests.length = 0;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type TodoService = Awaited<ReturnType<typeof startTodoService>>;
