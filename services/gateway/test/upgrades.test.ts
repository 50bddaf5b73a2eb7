import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { authenticateUpgrade } from '@latchkey/jwt-verify/node';
import type { GatewayMembers } from '@latchkey/service-kit/joining/gateway-members';
import { testIssuer } from '@latchkey/service-kit/testing/harness';
import { describe, expect, onTestFinished, test } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { type GatewayOptions, gatewayTo, parseRaw, sendRaw, startGateway } from './harness.ts';

interface SocketService {
  behind: Server;
  sockets: WebSocketServer;
  /** The handshakes that arrived. */
  handshakes: IncomingMessage[];
  closes: { code: number; reason: string }[];
}

/** A service whose WebSocket server answers in capitals, and a gateway in front of it at /chat. */
async function chat(
  options: GatewayOptions & GatewayMembers = {},
  refuse?: (socket: Socket) => void,
) {
  const service: SocketService = {
    behind: createServer((req, res) => res.end(req.url === '/readyz' ? '{"ready":true}' : 'http')),
    sockets: new WebSocketServer({ noServer: true }),
    handshakes: [],
    closes: [],
  };
  service.behind.on('upgrade', (req, socket, head) => {
    service.handshakes.push(req);
    if (refuse) return refuse(socket as Socket);
    service.sockets.handleUpgrade(req, socket, head, (webSocket) => {
      webSocket.on('message', (data) => webSocket.send(String(data).toUpperCase()));
      webSocket.on('close', (code, reason) => service.closes.push({ code, reason: `${reason}` }));
    });
  });
  service.behind.listen(0, '127.0.0.1');
  await once(service.behind, 'listening');
  onTestFinished(() => {
    for (const one of service.sockets.clients) one.terminate();
    service.behind.close();
    service.behind.closeAllConnections();
  });
  const { port } = service.behind.address() as AddressInfo;
  const { cors, headers, idleTimeoutSeconds, upgrade = true } = options;
  const asks = { cors, headers, idleTimeoutSeconds, upgrade };
  const routed = { name: 'chat', routes: ['/chat'], baseUrl: `http://127.0.0.1:${port}`, ...asks };
  const gateway = await startGateway([routed], options);
  return { ...service, ...gateway, wsUrl: `ws://127.0.0.1:${gateway.port}/chat` };
}

function client(url: string, headers: Record<string, string> = {}, protocols: string[] = []) {
  const socket = new WebSocket(url, protocols, { headers });
  socket.on('error', () => {});
  onTestFinished(() => socket.terminate());
  return socket;
}

/** Status and problem code of a handshake that is refused. */
async function refused(url: string, headers: Record<string, string> = {}) {
  const socket = client(url, headers);
  const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  const body = Buffer.concat(await answer.toArray()).toString();
  return { status: answer.statusCode, headers: answer.headers, body };
}

async function say(socket: WebSocket, text: string): Promise<string> {
  socket.send(text);
  return String((await once(socket, 'message'))[0]);
}

describe('a WebSocket connection', () => {
  test('reaches the service that asks for it, and goes both ways', async () => {
    const { wsUrl, handshakes } = await chat();
    const headers = { Authorization: 'Bearer a.b.c', Cookie: 'a=1', 'X-User': 'root' };
    const socket = client(`${wsUrl}/room?x=1`, headers, ['v2.chat']);
    await once(socket, 'open');
    expect(socket.protocol).toBe('v2.chat');
    expect(await say(socket, 'hello')).toBe('HELLO');
    expect(await say(socket, 'é'.repeat(200_000))).toHaveLength(200_000);
    const [handshake] = handshakes;
    expect(handshake?.url).toBe('/chat/room?x=1');
    expect(handshake?.headers).toMatchObject({
      authorization: 'Bearer a.b.c',
      'x-forwarded-for': '127.0.0.1',
      'x-request-id': expect.any(String),
    });
    expect([handshake?.headers.cookie, handshake?.headers['x-user']]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('closes with the words of either side', async () => {
    const { wsUrl, sockets, closes } = await chat();
    const first = client(wsUrl);
    await once(first, 'open');
    first.close(4001, 'enough');
    await once(first, 'close');
    await expect.poll(() => closes).toEqual([{ code: 4001, reason: 'enough' }]);

    const second = client(wsUrl);
    await once(second, 'open');
    for (const one of sockets.clients) one.close(4002, 'go');
    const [code, reason] = await once(second, 'close');
    expect([code, String(reason)]).toEqual([4002, 'go']);
  });

  test('ends for both when one is gone without a word', async () => {
    const { wsUrl, closes, metrics } = await chat();
    const socket = client(wsUrl);
    await once(socket, 'open');
    socket.terminate();
    await expect.poll(() => closes).toEqual([{ code: 1006, reason: '' }]);
    const logged = async () => (await metrics.registry.metrics()).includes('status="101"');
    await expect.poll(logged).toBe(true);
  });

  test('may bring its first frame along with the handshake', async () => {
    const { port, behind } = await chat();
    behind.removeAllListeners('upgrade');
    const arrived = Promise.withResolvers<string>();
    behind.on('upgrade', (_req, socket: Socket, head: Buffer) => {
      socket.write(`${SWITCH}early-answer`);
      socket.unshift(head);
      socket.once('data', (data) => arrived.resolve(String(data)));
    });
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(`${HANDSHAKE}early`);
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    expect(await arrived.promise).toBe('early');
    await expect.poll(() => answer).toContain('early-answer');
    expect(answer).toMatch(/^HTTP\/1\.1 101 .*\r\n/);
    expect(answer.match(/^connection: upgrade\r$/gim)).toHaveLength(1);
    expect(answer).toMatch(/^x-request-id: /im);
  });

  test('opens for who shows the service a token', async () => {
    const issuer = await testIssuer('chat');
    onTestFinished(() => issuer.verifier.close());
    const { wsUrl, behind, sockets } = await chat();
    behind.removeAllListeners('upgrade');
    behind.on('upgrade', async (req, socket, head) => {
      const token = await authenticateUpgrade(issuer.verifier, req, socket, { scope: 'chat' });
      if (!token) return;
      sockets.handleUpgrade(req, socket, head, (webSocket) => webSocket.send(token.subject));
    });
    const none = await refused(wsUrl);
    expect([none.status, JSON.parse(none.body).detail]).toEqual([401, 'Not authenticated']);
    expect(none.headers['www-authenticate']).toMatch(/^Bearer /);
    const Authorization = `Bearer ${issuer.token({ scope: 'chat' })}`;
    const socket = client(wsUrl, { Authorization });
    expect(String((await once(socket, 'message'))[0])).toBe('ada');
  });

  test('ends soon after one side has ended, though the other has not noticed', async () => {
    const { port, behind } = await chat();
    behind.removeAllListeners('upgrade');
    const ended = Promise.withResolvers<number>();
    behind.on('upgrade', (_req, socket: Socket) => {
      socket.write(SWITCH);
      let endedAt = 0;
      socket.on('end', () => {
        endedAt = performance.now();
      });
      socket.on('error', () => {});
      socket.on('close', () => ended.resolve(performance.now() - endedAt));
      // Goes on talking, and never reads that nobody listens.
      const talking = setInterval(() => socket.write('x'), 50);
      socket.on('close', () => clearInterval(talking));
      socket.resume();
    });
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    socket.write(HANDSHAKE);
    await once(socket, 'data');
    socket.resume().end();
    expect(await ended.promise).toBeGreaterThan(4_000);
    expect(await ended.promise).toBeLessThan(15_000);
  });

  test('on which nothing passes is ended after the service’s time', async () => {
    const { wsUrl, closes } = await chat({ idleTimeoutSeconds: 1 });
    const socket = client(wsUrl);
    await once(socket, 'open');
    const openedAt = performance.now();
    await once(socket, 'close');
    expect(performance.now() - openedAt).toBeGreaterThan(500);
    await expect.poll(() => closes).toHaveLength(1);
  });
});

const HANDSHAKE = [
  'GET /chat HTTP/1.1',
  'Host: a.example',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');
const SWITCH =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

describe('a handshake', () => {
  test('is refused in words where no service asks for it', async () => {
    const { wsUrl, handshakes } = await chat({ upgrade: false });
    const { status, body } = await refused(wsUrl);
    expect([status, JSON.parse(body).code]).toEqual([501, 'upgrade_not_supported']);
    expect((await refused(wsUrl.replace('/chat', '/nothing'))).status).toBe(404);
    expect((await refused(wsUrl.replace('/chat', '/chat/..%3b/x'))).status).toBe(400);
    expect(handshakes).toEqual([]);
  });

  test.each([
    ['no origin', undefined, 101],
    ['the same host', 'http://login.example', 101],
    ['the same host behind TLS', 'https://login.example', 101],
    ['an origin on the list', 'https://app.example', 101],
    ['another origin', 'https://evil.example', 403],
    ['another port', 'http://login.example:81', 403],
    ['a sandboxed page', 'null', 403],
  ])('of %s: %s is %i', async (_name, origin, status) => {
    const { wsUrl } = await chat({ cors: ['https://app.example'] });
    const headers = { Host: 'login.example', ...(origin ? { Origin: origin } : {}) };
    if (status === 101) {
      await once(client(wsUrl, headers), 'open');
      return;
    }
    expect(await refused(wsUrl, headers)).toMatchObject({
      status,
      body: expect.stringContaining('origin_not_allowed'),
    });
  });

  test('that the service refuses gets the service’s answer, all of it', async () => {
    const long = 'x'.repeat(300_000);
    const { wsUrl } = await chat({}, (socket) => {
      const head = 'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm="chat"\r\n';
      socket.end(`${head}Content-Length: ${long.length}\r\nConnection: close\r\n\r\n${long}`);
    });
    const { status, headers, body } = await refused(wsUrl);
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="chat"']);
    expect(headers.connection).toBe('close');
    expect(body).toBe(long);
  });

  test('that the service never answers is a 504', async () => {
    const { wsUrl } = await chat({ headersTimeoutMs: 200 }, () => {});
    const { status, body } = await refused(wsUrl);
    expect([status, JSON.parse(body).code]).toEqual([504, 'upstream_timeout']);
  });

  test('to a service that is away is a 503', async () => {
    const { wsUrl, behind } = await chat();
    behind.close();
    behind.closeAllConnections();
    const { status, headers } = await refused(wsUrl);
    expect([status, headers['retry-after']]).toEqual([503, '2']);
  });

  test('is refused over the number of an address, and of all', async () => {
    const { wsUrl } = await chat({
      trustedProxies: ['127.0.0.1'],
      upgradeLimits: { total: 3, perAddress: 2 },
    });
    const from = (address: string) => ({ 'X-Forwarded-For': address });
    const first = client(wsUrl, from('2001:db8::1'));
    const second = client(wsUrl, from('2001:db8::ffff:2'));
    await Promise.all([once(first, 'open'), once(second, 'open')]);
    const full = await refused(wsUrl, from('2001:db8:0:0:1::3'));
    expect([full.status, full.headers['retry-after']]).toEqual([429, '2']);
    const other = client(wsUrl, from('2001:db8:0:1::1'));
    await once(other, 'open');
    const none = await refused(wsUrl, from('203.0.113.7'));
    expect([none.status, JSON.parse(none.body).code]).toEqual([503, 'upgrades_exhausted']);
    first.close();
    await once(first, 'close');
    await expect
      .poll(async () => {
        const again = client(wsUrl, from('2001:db8::1'));
        return Promise.race([
          once(again, 'open').then(() => 'open'),
          once(again, 'unexpected-response').then(() => 'refused'),
        ]);
      })
      .toBe('open');
  });

  test('for another protocol is ignored, as HTTP allows', async () => {
    const { port } = await gatewayTo((req, res) => res.end(`upgrade: ${req.headers.upgrade}`), {
      upgrade: true,
    });
    const lines =
      'Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AA';
    const answer = await sendRaw(port, `GET /todo HTTP/1.1\r\nHost: a\r\n${lines}\r\n\r\n`);
    expect(parseRaw(answer).status).toBe(200);
    expect(answer).toContain('upgrade: undefined');
  });

  test('with a body, or by another method, is none', async () => {
    const { port, handshakes } = await chat();
    const post = HANDSHAKE.replace('GET', 'POST').replace('Connection: ', 'Connection: close, ');
    expect(parseRaw(await sendRaw(port, post)).body).toContain('http');
    const body = 'Content-Length: 5\r\nConnection: close, ';
    const withBody = HANDSHAKE.replace('Connection: ', body);
    expect(parseRaw(await sendRaw(port, `${withBody}hello`)).body).toContain('http');
    expect(handshakes).toEqual([]);
  });
});

describe('when the gateway stops', () => {
  test('open connections are closed in words, and new ones refused', async () => {
    const { wsUrl, closes, health, upgrades } = await chat();
    const socket = client(wsUrl);
    await once(socket, 'open');
    expect(await say(socket, 'a')).toBe('A');
    health.drain();
    const { status, body } = await refused(wsUrl);
    expect([status, JSON.parse(body).code]).toEqual([503, 'shutting_down']);
    expect(await say(socket, 'b')).toBe('B');

    const closed = once(socket, 'close');
    await upgrades.close();
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1001, 'The server is shutting down.']);
    await expect.poll(() => closes.map((one) => one.code)).toEqual([1001]);
  });

  test('a message that is under way arrives whole first', async () => {
    const { wsUrl, sockets, upgrades } = await chat();
    const socket = client(wsUrl);
    await once(socket, 'open');
    const messages: number[] = [];
    socket.on('message', (data) => messages.push((data as Buffer).length));
    const closed = once(socket, 'close');
    for (const one of sockets.clients) one.send(Buffer.alloc(20_000_000));
    await once((socket as unknown as { _socket: Socket })._socket, 'data');
    await upgrades.close();
    expect((await closed)[0]).toBe(1001);
    expect(messages).toEqual([20_000_000]);
  });

  test('a connection that opens only then is closed in words too', async () => {
    const { wsUrl, behind, sockets, upgrades } = await chat();
    const handshake = Promise.withResolvers<() => void>();
    behind.removeAllListeners('upgrade');
    behind.on('upgrade', (req, socket, head) => {
      handshake.resolve(() => sockets.handleUpgrade(req, socket, head, () => {}));
    });
    const socket = client(wsUrl);
    const accept = await handshake.promise;
    await upgrades.close();
    accept();
    expect((await once(socket, 'close'))[0]).toBe(1001);
  });

  test('a client that does not close is cut off', async () => {
    const { port, upgrades } = await chat();
    const socket = connect(port, '127.0.0.1');
    socket.write(HANDSHAKE);
    socket.on('error', () => {});
    await once(socket, 'data');
    const startedAt = performance.now();
    await upgrades.close();
    expect(performance.now() - startedAt).toBeGreaterThan(4_000);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });
});
