import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { gatewayTo, parseRaw, sendRaw, startGateway } from './harness.ts';

async function expectProblem(answer: Response, status: number, code: string) {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(answer.headers.get('x-request-id')).toBeTruthy();
  const text = await answer.text();
  expect(JSON.parse(text)).toMatchObject({ status, code });
  expect(text).not.toMatch(/127\.0\.0\.1|ECONN|undici|stack/i);
}

describe('a service in trouble', () => {
  test('cannot be reached: 503', async () => {
    const { url, upstream } = await gatewayTo((_req, res) => res.end());
    await upstream.close();
    for (const method of ['GET', 'POST']) {
      const answer = await fetch(`${url}/todo`, { method });
      await expectProblem(answer, 503, 'upstream_unavailable');
    }
  });

  test('has a name that resolves to nothing: 503', async () => {
    const nowhere = { name: 'todo-service', routes: ['/todo'], baseUrl: 'http://todo.test:1' };
    const { url } = await startGateway([nowhere], { resolve: async () => [] });
    await expectProblem(await fetch(`${url}/todo`), 503, 'upstream_unavailable');
  });

  test('breaks the connection: 502', async () => {
    const { url } = await gatewayTo((req) => req.socket.destroy());
    await expectProblem(await fetch(`${url}/todo`, { method: 'POST' }), 502, 'upstream_failed');
  });

  test('answers what is not HTTP: 502', async () => {
    const { url } = await gatewayTo((req) => req.socket.end('SSH-2.0-OpenSSH\r\n'));
    await expectProblem(await fetch(`${url}/todo`), 502, 'upstream_failed');
  });

  test('does not answer in time: 504', async () => {
    const { url } = await gatewayTo(() => {}, { headersTimeoutMs: 200 });
    await expectProblem(await fetch(`${url}/todo`), 504, 'upstream_timeout');
  });

  test.each([
    ['breaks off', (res: ServerResponse) => res.destroy()],
    ['stops', () => {}],
  ])('%s in the middle of an answer: the client is cut off too', async (_name, then) => {
    const { url } = await gatewayTo(
      (_req, res) => {
        res.writeHead(200, { 'Content-Length': 10 });
        res.write('half', () => then(res));
      },
      { bodyIdleTimeoutMs: 200 },
    );
    const answer = await fetch(`${url}/todo`);
    await expect(answer.text()).rejects.toThrow();
  });
});

describe('bodies', () => {
  test('over the limit without a length: 413, and the connection lives on', async () => {
    const { port } = await gatewayTo((req, res) => req.resume().on('end', () => res.end('whole')));
    const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`;
    const answer = await sendRaw(
      port,
      `POST /todo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}0\r\n\r\n` +
        'GET /todo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    expect(parseRaw(answer).status).toBe(413);
    expect(answer).toMatch(/HTTP\/1\.1 200 OK/);
  });

  test('that nobody asked for are not asked for', async () => {
    const { port } = await gatewayTo((req, res) => req.resume().on('end', () => res.end()));
    const ask = (length: number) => {
      const headers = { Expect: '100-continue', 'Content-Length': length };
      const req = httpRequest({ port, path: '/todo', method: 'POST', headers });
      onTestFinished(() => void req.destroy());
      req.flushHeaders();
      return req;
    };
    const refused = ask(65_537);
    refused.on('continue', () => expect.unreachable());
    const [answer] = await once(refused, 'response');
    expect(answer.statusCode).toBe(413);

    const wanted = ask(2);
    await once(wanted, 'continue');
    wanted.end('ok');
    expect((await once(wanted, 'response'))[0].statusCode).toBe(200);
  });

  test('an early answer leaves the connection usable', async () => {
    const refuse: RequestListener = (_req, res) => res.writeHead(401).end('no');
    const { port } = await gatewayTo(refuse, { maxBodyBytes: 1024 ** 2 });
    const head = 'POST /todo HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n';
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    socket.write(`${head}${'x'.repeat(100_000)}`);
    await once(socket, 'data');
    socket.write('x'.repeat(100_000));
    socket.write('GET /todo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    expect(answer.match(/HTTP\/1\.1 401/g)).toHaveLength(2);
  });

  test('stream: the first part arrives before the last is made', async () => {
    let last: (() => void) | undefined;
    const { url } = await gatewayTo((_req, res) => {
      res.write('first');
      last = () => res.end('last');
    });
    const reader = ((await fetch(`${url}/todo`)).body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first');
    last?.();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('last');
  });

  test('a client that does not read holds the service back', async () => {
    let written = 0;
    let stalled: () => void = () => {};
    const whenStalled = new Promise<void>((resolve) => {
      stalled = resolve;
    });
    const chunk = Buffer.alloc(256 * 1024);
    const { port } = await gatewayTo((_req, res) => {
      const fill = () => {
        while (written < 200) {
          written += 1;
          if (!res.write(chunk)) {
            const timer = setTimeout(stalled, 500);
            res.once('drain', () => {
              clearTimeout(timer);
              fill();
            });
            return;
          }
        }
        res.end();
      };
      fill();
    });
    const socket = connect(port, '127.0.0.1').pause();
    let received = 0;
    socket.write('GET /todo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await whenStalled;
    expect(written).toBeLessThan(100);
    socket.on('data', (data) => {
      received += data.length;
    });
    socket.resume();
    await once(socket, 'close');
    expect(written).toBe(200);
    expect(received).toBeGreaterThan(200 * chunk.length);
  });
});

test('a client that leaves takes its request to the service with it', async () => {
  const left = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const { port, upstreams } = await gatewayTo((_req, res) => {
    arrived.resolve();
    res.on('close', () => left.resolve());
  });
  const req = httpRequest({ port, path: '/todo' }).end();
  req.on('error', () => {});
  await arrived.promise;
  req.destroy();
  await left.promise;
  await expect.poll(() => upstreams.all[0]?.pick()?.pending).toBe(0);
});

test('a service that never reads does not get the body again elsewhere', async () => {
  let posts = 0;
  const server = createServer((req) => {
    posts += 1;
    req.socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const todo = { name: 'todo', routes: ['/todo'], baseUrl: `http://127.0.0.1:${port}` };
  const { url } = await startGateway([todo]);
  posts = 0;
  const answer = await fetch(`${url}/todo`, { method: 'PUT', body: 'x' });
  expect([answer.status, posts]).toEqual([502, 1]);
});
