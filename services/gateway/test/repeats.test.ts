import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listen, readyAnd, startGateway } from './harness.ts';

const ADDRESSES = ['127.0.0.21', '127.0.0.22', '127.0.0.23'] as const;
const READY = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';

/** An instance that is ready, and leaves each request for `/todo` to `answer`. Returns its port. */
async function startInstance(host: string, port: number, answer: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      if (bytes.toString('latin1').includes(' /readyz ')) socket.write(READY);
      else answer(socket);
    });
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(port, host);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** A gateway in front of instances that all treat a request alike; counts how often they were asked. */
async function gatewayToInstances(count: number, answer: (socket: Socket) => void) {
  const tries = { count: 0 };
  const addresses = ADDRESSES.slice(0, count);
  const counted = (socket: Socket) => {
    tries.count += 1;
    answer(socket);
  };
  let port = 0;
  for (const address of addresses) port = await startInstance(address, port, counted);
  const todo = { name: 'todo', routes: ['/todo'], baseUrl: `http://todo.test:${port}` };
  const resolve = async () => addresses.map((address) => ({ address, family: 4 as const }));
  const { url } = await startGateway([todo], { resolve });
  const ask = async (method = 'GET', body: string | null = null) => {
    const answer = await fetch(`${url}/todo`, { method, body });
    const problem = (await answer.json()) as { code?: string };
    return [answer.status, problem.code, tries.count];
  };
  return { ask };
}

describe.each([1, 3])('with %i instances that close each connection', (instances) => {
  test.each([
    ['without an answer', (socket: Socket) => socket.end()],
    ['by a reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('%s, a GET is sent twice', async (_how, close) => {
    const { ask } = await gatewayToInstances(instances, close);
    expect(await ask()).toEqual([502, 'upstream_failed', 2]);
  });

  test.each<[string, string | null]>([
    ['POST', null],
    ['POST', '{}'],
    ['PATCH', '{}'],
    ['PUT', '{}'],
    ['DELETE', '{}'],
  ])('a %s with body %s is sent once', async (method, body) => {
    const { ask } = await gatewayToInstances(instances, (socket) => socket.end());
    expect(await ask(method, body)).toEqual([502, 'upstream_failed', 1]);
  });

  test.each([
    ['one byte', 'H'],
    ['early hints', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-'],
  ])('after %s of the answer, a GET is sent once', async (_what, bytes) => {
    const { ask } = await gatewayToInstances(instances, (socket) => socket.end(bytes));
    expect(await ask()).toEqual([502, 'upstream_failed', 1]);
  });
});

test('a service that closes whatever it accepts costs one answer', async () => {
  const accepted = { count: 0 };
  const server = createServer((socket) => {
    accepted.count += 1;
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const todo = { name: 'todo', routes: ['/todo'], baseUrl: `http://127.0.0.1:${port}` };
  const { url } = await startGateway([todo]);
  accepted.count = 0;
  expect((await fetch(`${url}/todo`)).status).toBe(502);
  expect(accepted.count).toBeLessThanOrEqual(2);
});

test('connections that the service has just closed cost no GET', async () => {
  let open = 0;
  const tries: string[] = [];
  const waiting: (() => void)[] = [];
  const used = new WeakSet<Socket>();
  // The service has closed a connection that it answered on; the gateway does not know it yet.
  const upstream = await listen(
    readyAnd((req, res) => {
      const closed = used.has(req.socket);
      tries.push(closed ? 'closed' : 'served');
      if (closed) {
        req.socket.destroy();
        return;
      }
      used.add(req.socket);
      open += 1;
      if (open > 3) res.end('fresh');
      else waiting.push(() => res.end('first'));
    }),
  );
  const todo = { name: 'todo', routes: ['/todo'], baseUrl: upstream.url };
  const { url } = await startGateway([todo]);
  const first = [1, 2, 3].map(() => fetch(`${url}/todo`).then((answer) => answer.text()));
  await expect.poll(() => waiting.length).toBe(3);
  for (const answer of waiting) answer();
  expect(await Promise.all(first)).toEqual(['first', 'first', 'first']);

  tries.length = 0;
  const answer = await fetch(`${url}/todo`);
  expect([answer.status, await answer.text(), tries]).toEqual([200, 'fresh', ['closed', 'served']]);
});

test.each([
  ['small', 5],
  ['large', 200_000],
])('a %s body that no instance has seen goes to another instance', async (_size, length) => {
  const [away, alive] = ADDRESSES;
  const { port } = await listen(
    readyAnd(async (req, res) => res.end(String((await text(req)).length))),
    { host: alive },
  );
  const known = [alive as string];
  const todo = { name: 'todo', routes: ['/todo'], baseUrl: `http://todo.test:${port}` };
  const resolve = async () => known.map((address) => ({ address, family: 4 as const }));
  const { url, upstreams } = await startGateway([todo], { resolve, maxBodyBytes: 1024 ** 2 });
  const instance = upstreams.all[0]?.pick();
  const goneServer = await listen(
    readyAnd((_req, res) => res.end()),
    { host: away, port },
  );
  known.unshift(away);
  await upstreams.all[0]?.refresh();
  await goneServer.close();
  // The instance that is gone has fewer requests in hand, so it is asked first.
  instance?.places.take('other');
  const answer = await fetch(`${url}/todo`, { method: 'POST', body: 'x'.repeat(length) });
  expect([answer.status, await answer.text()]).toEqual([200, String(length)]);
  expect(upstreams.all[0]?.describe()).toBe('1 ready, 1 unreachable');
});
