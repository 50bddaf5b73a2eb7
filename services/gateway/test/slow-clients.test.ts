import { once } from 'node:events';
import { request as httpRequest, type RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type GatewayOptions, gatewayTo, parseRaw } from './harness.ts';

const SLOW = '127.0.0.1';
const OTHER = '127.0.0.2';
const QUICKLY = { graceMs: 300, bytesPerSecond: 1_024 };
const readAll: RequestListener = (req, res) => req.resume().on('end', () => res.end('done'));
const postHead = (length: number) =>
  `POST /todo HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;
const GET = 'GET /todo HTTP/1.1\r\nHost: a\r\n\r\n';

/** A connection from a loopback address, and all that it has got so far. */
async function open(port: number, from = SLOW) {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  socket.setEncoding('latin1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  const got = { text: '', closed: once(socket, 'close') };
  socket.on('data', (data) => {
    got.text += data;
  });
  await once(socket, 'connect');
  return Object.assign(socket, { got });
}

/** Sends a byte now and then until the connection is closed. */
function trickle(socket: Socket, everyMs: number): void {
  const timer = setInterval(() => socket.write('x'), everyMs);
  socket.once('close', () => clearInterval(timer));
}

/** One whole request; its status and headers. */
async function ask(port: number, from: string, { method = 'POST', headers = {} } = {}) {
  const req = httpRequest({ port, method, path: '/todo', localAddress: from, headers });
  req.end(method === 'POST' ? '{}' : undefined);
  const [answer] = await once(req, 'response');
  answer.resume();
  await once(answer, 'end');
  return { status: answer.statusCode as number, headers: answer.headers };
}

async function gateway(app: RequestListener, options?: GatewayOptions) {
  const started = await gatewayTo(app, options);
  const pending = () => started.upstreams.all[0]?.pick()?.pending;
  return { ...started, pending };
}

/** A service that keeps every request it gets. */
function keeping() {
  const kept: (() => void)[] = [];
  const app: RequestListener = (_req, res) => void kept.push(() => res.end('done'));
  return { app, kept };
}

describe('slow senders', () => {
  test('1,024 of them hold no place at the service, and others go on', async () => {
    const { port, pending } = await gateway(readAll);
    const sockets = await Promise.all(Array.from({ length: 1_024 }, () => open(port)));
    for (const socket of sockets) socket.write(`${postHead(100)}a`);
    await sleep(300);
    expect(pending()).toBe(0);
    for (let round = 0; round < 20; round += 1) {
      expect((await ask(port, OTHER)).status).toBe(200);
    }
    expect((await ask(port, SLOW)).status).toBe(200);
    expect(sockets.filter(({ got }) => got.text !== '')).toEqual([]);
  });

  test.each([
    ['a length', 'Content-Length: 1000'],
    ['chunks', 'Transfer-Encoding: chunked'],
  ])('of a body with %s get 408, and the service nothing', async (_name, framing) => {
    let asked = 0;
    const count: RequestListener = (_req, res) => {
      asked += 1;
      res.end();
    };
    const { port } = await gateway(count, { minimumRate: QUICKLY });
    const socket = await open(port);
    socket.write(`POST /todo HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n`);
    const timer = setInterval(() => {
      socket.write(framing.startsWith('T') ? '1\r\nx\r\n' : 'x');
    }, 50);
    await socket.got.closed;
    clearInterval(timer);
    const { status, headers, body } = parseRaw(socket.got.text);
    expect([status, headers.connection]).toEqual([408, 'close']);
    expect(JSON.parse(body)).toMatchObject({ code: 'request_timeout' });
    expect(asked).toBe(0);
  });

  test('of a large body get 408 too, and their place is free', async () => {
    const { port, pending } = await gateway(readAll, {
      maxBodyBytes: 1024 ** 2,
      minimumRate: { graceMs: 300, bytesPerSecond: 1024 ** 2 },
    });
    const socket = await open(port);
    socket.write(postHead(500_000) + 'x'.repeat(100_000));
    await expect.poll(pending).toBe(1);
    trickle(socket, 50);
    await socket.got.closed;
    expect(parseRaw(socket.got.text).status).toBe(408);
    expect(pending()).toBe(0);
  });

  test('that keep to the rate are served', async () => {
    const { port } = await gateway(readAll, { minimumRate: QUICKLY });
    const socket = await open(port);
    socket.write(postHead(3_000));
    for (let part = 0; part < 10; part += 1) {
      await sleep(80);
      socket.write('x'.repeat(300));
    }
    await once(socket, 'data');
    expect(parseRaw(socket.got.text).status).toBe(200);
  });

  test('are not to blame when the service reads slowly', async () => {
    const slowly: RequestListener = async (req, res) => {
      await sleep(2_000);
      readAll(req, res);
    };
    const minimumRate = { graceMs: 500, bytesPerSecond: 10 * 1024 ** 2 };
    const { url } = await gateway(slowly, { minimumRate, maxBodyBytes: 64 * 1024 ** 2 });
    const body = 'x'.repeat(32 * 1024 ** 2);
    expect((await fetch(`${url}/todo`, { method: 'POST', body })).status).toBe(200);
  });

  test('hold no more than their share of the memory', async () => {
    const { port } = await gateway(readAll, { maxBufferBytes: 64 * 1024 });
    const sockets = await Promise.all(Array.from({ length: 10 }, () => open(port)));
    for (const socket of sockets) socket.write(`${postHead(1_000)}a`);
    const refused = () => sockets.filter(({ got }) => got.text !== '');
    await expect.poll(() => refused().length).toBe(2);
    const { status, headers, body } = parseRaw(refused()[0]?.got.text ?? '');
    expect([status, headers['retry-after']]).toEqual([429, '2']);
    expect(JSON.parse(body)).toMatchObject({ code: 'too_many_requests' });
    expect((await ask(port, OTHER)).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await expect.poll(async () => (await ask(port, SLOW)).status).toBe(200);
  });
});

describe('places at a service', () => {
  test.each(['GET', 'POST'])('one client gets half of them for %s', async (method) => {
    const { app, kept } = keeping();
    const { port } = await gateway(app, { maxRequestsPerInstance: 8 });
    const first = Array.from({ length: 4 }, () => ask(port, SLOW, { method }));
    await expect.poll(() => kept.length).toBe(4);
    const refused = await ask(port, SLOW, { method });
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '2']);
    const others = Array.from({ length: 2 }, () => ask(port, OTHER, { method }));
    await expect.poll(() => kept.length).toBe(6);
    for (const answer of kept) answer();
    const statuses = (await Promise.all([...first, ...others])).map(({ status }) => status);
    expect(statuses).toEqual(Array.from({ length: 6 }, () => 200));
  });

  test('one connection gets no more of them by pipelining', async () => {
    const { app, kept } = keeping();
    const { port } = await gateway(app, { maxRequestsPerInstance: 8 });
    const socket = await open(port);
    socket.write(GET.repeat(20));
    await expect.poll(() => kept.length).toBe(4);
    const other = ask(port, OTHER, { method: 'GET' });
    await expect.poll(() => kept.length).toBe(5);
    for (const answer of kept) answer();
    expect((await other).status).toBe(200);
    await expect.poll(() => socket.got.text.match(/HTTP\/1\.1 429/g)?.length).toBe(16);
  });

  test('clients behind a trusted proxy have a share each', async () => {
    const { app, kept } = keeping();
    const options = { maxRequestsPerInstance: 8, trustedProxies: ['127.0.0.0/8'] };
    const { port } = await gateway(app, options);
    const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });
    const waiting = Array.from({ length: 4 }, (_, host) =>
      ask(port, SLOW, from(`2001:db8:0:1::${host}`)),
    );
    await expect.poll(() => kept.length).toBe(4);
    expect((await ask(port, SLOW, from('2001:db8:0:1::ffff'))).status).toBe(429);
    waiting.push(ask(port, SLOW, from('2001:db8:0:2::1')));
    await expect.poll(() => kept.length).toBe(5);
    for (const answer of kept) answer();
    await Promise.all(waiting);
  });

  test('are all taken: 503', async () => {
    const { app, kept } = keeping();
    const { port } = await gateway(app, { maxRequestsPerInstance: 2 });
    const first = ask(port, SLOW);
    await expect.poll(() => kept.length).toBe(1);
    const { status, headers } = await ask(port, OTHER);
    expect([status, headers['retry-after']]).toEqual([503, '2']);
    for (const answer of kept) answer();
    expect((await first).status).toBe(200);
  });
});

describe('slow readers', () => {
  const sends =
    (bytes: number): RequestListener =>
    (_req, res) =>
      res.end(Buffer.alloc(bytes));

  /** A client that asks and reads nothing. */
  async function openUnread(port: number) {
    const socket = await open(port);
    socket.pause();
    socket.write(GET);
    return socket;
  }

  test('of a large answer are cut off, and their place is free', async () => {
    const { port, pending } = await gateway(sends(64 * 1024 ** 2), {
      minimumRate: { graceMs: 300, bytesPerSecond: 1024 ** 3 },
    });
    const socket = await openUnread(port);
    await expect.poll(pending).toBe(1);
    await expect.poll(pending).toBe(0);
    socket.resume();
    await socket.got.closed;
    expect(socket.got.text.length).toBeLessThan(64 * 1024 ** 2);
    expect((await ask(port, SLOW, { method: 'GET' })).status).toBe(200);
  });

  test.each([
    ['an answer of less than 256 KiB', 200_000, {}, 1],
    ['no larger one', 600_000, {}, 2],
    ['none over its share of the memory', 200_000, { maxBufferBytes: 256 * 1024 }, 2],
  ])('leave %s in the gateway: %i bytes, %j, %i places', async (_name, bytes, options, places) => {
    let first: (() => void) | undefined;
    let asked = 0;
    const app: RequestListener = (req, res) => {
      asked += 1;
      if (first) sends(bytes)(req, res);
      else first = () => res.end('first');
    };
    const { port, pending } = await gateway(app, options);
    const socket = await open(port);
    // Nothing of the second answer can be written before the first is.
    socket.write(GET);
    await expect.poll(() => first).toBeDefined();
    socket.write(GET.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    await expect.poll(() => asked).toBe(2);
    await sleep(300);
    expect(pending()).toBe(places);
    first?.();
    await socket.got.closed;
    expect(socket.got.text.length).toBeGreaterThan(bytes);
    expect(pending()).toBe(0);
  });
});

describe('connections', () => {
  test('of one client are bounded, and others get theirs', async () => {
    const { port } = await gateway(readAll, { maxConnections: 16 });
    const idle = await Promise.all(Array.from({ length: 8 }, () => open(port)));
    const refused = await open(port);
    await refused.got.closed;
    const { status, headers, body } = parseRaw(refused.got.text);
    expect([status, headers['retry-after'], headers.connection]).toEqual([429, '2', 'close']);
    expect(JSON.parse(body)).toMatchObject({ code: 'too_many_connections' });
    expect((await ask(port, OTHER)).status).toBe(200);
    // The other client's connection is kept alive, which leaves less to share.
    for (const socket of idle.slice(0, 2)) socket.destroy();
    await expect
      .poll(async () => (await ask(port, SLOW).catch(() => ({ status: 0 }))).status)
      .toBe(200);
  });

  test('that are idle make room for others, and those in use stay', async () => {
    const { app, kept } = keeping();
    const { port } = await gateway(
      (req, res) => (req.method === 'POST' ? app(req, res) : res.end('done')),
      { maxConnections: 64 },
    );
    const busy = await open(port);
    busy.write(`${postHead(2)}{}`);
    await expect.poll(() => kept.length).toBe(1);
    const idle: Awaited<ReturnType<typeof open>>[] = [];
    for (let host = 2; host < 50; host += 1) {
      const socket = await open(port, `127.0.1.${host}`);
      socket.write(GET);
      await expect.poll(() => socket.got.text).toContain('200 OK');
      idle.push(socket);
    }
    for (let host = 50; host < 130; host += 1) {
      expect((await ask(port, `127.0.1.${host}`, { method: 'GET' })).status).toBe(200);
    }
    await Promise.all(idle.map(({ got }) => got.closed));
    kept[0]?.();
    await expect.poll(() => busy.got.text).toContain('200 OK');
  });

  test('of a trusted proxy are bounded by the total only', async () => {
    const trustedProxies = ['127.0.0.1'];
    const { port } = await gateway(readAll, { maxConnections: 16, trustedProxies });
    const idle = await Promise.all(Array.from({ length: 15 }, () => open(port)));
    expect((await ask(port, SLOW)).status).toBe(200);
    expect(idle.filter(({ destroyed }) => destroyed)).toEqual([]);
  });
});
