import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';

interface LogLine {
  msg: string;
  reason?: string;
  port?: number;
  status?: number;
  route?: string;
}

/** The gateway as its own process, in front of one service at /chat. */
async function start(env: Record<string, string> = {}) {
  const service = createServer((req, res) => {
    if (req.url === '/chat/events') {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n');
    } else res.end('{"ready":true}');
  });
  const sockets = new WebSocketServer({ server: service });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  const { port } = service.address() as AddressInfo;
  const services = mkdtempSync(join(tmpdir(), 'gateway-process-'));
  mkdirSync(join(services, 'chat'));
  const chat = { name: 'chat', port, routes: ['/chat'], upgrade: true };
  writeFileSync(join(services, 'chat', 'service.json'), JSON.stringify(chat));

  const child = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
    env: { ...process.env, NODE_ENV: 'development', SERVICES_DIR: services, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    for (const one of sockets.clients) one.terminate();
    service.close();
    service.closeAllConnections();
    rmSync(services, { recursive: true });
  });
  const log: LogLine[] = [];
  const listening = Promise.withResolvers<number>();
  createInterface(child.stdout).on('line', (line) => {
    const entry = JSON.parse(line) as LogLine;
    log.push(entry);
    if (entry.msg === 'listening') listening.resolve(entry.port as number);
  });
  return { child, log, services, port: await Promise.race([listening.promise, failed(child)]) };
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit');
  throw new Error(`the gateway ended with ${code}`);
}

test('idle connections are kept for as long as it is set, by default longer than proxies do', async () => {
  const { port } = await start();
  const usual = await fetch(`http://127.0.0.1:${port}/healthz`);
  expect(usual.headers.get('keep-alive')).toBe('timeout=620');
  const other = await start({ KEEP_ALIVE_TIMEOUT_MS: '9000' });
  const set = await fetch(`http://127.0.0.1:${other.port}/healthz`);
  expect(set.headers.get('keep-alive')).toBe('timeout=9');
});

test('a stop ends event streams at once, each with one line in the log', async () => {
  const { child, log, port } = await start();
  const streams = await Promise.all(
    [1, 2, 3].map(() => fetch(`http://127.0.0.1:${port}/chat/events`)),
  );
  const texts = Promise.all(streams.map((response) => response.text()));
  const stoppedAt = performance.now();
  child.kill('SIGTERM');
  expect(await texts).toEqual(['data: 1\n\n', 'data: 1\n\n', 'data: 1\n\n']);
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(performance.now() - stoppedAt).toBeLessThan(9_000);
  expect(log.filter(({ route }) => route === '/chat')).toMatchObject(
    Array(3).fill({ msg: 'request', status: 200 }),
  );
});

test('a stop closes WebSocket connections in words, logs them, and ends at once', async () => {
  const { child, log, port } = await start();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat/room`);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  const stoppedAt = performance.now();
  child.kill('SIGTERM');
  expect((await closed)[0]).toBe(1001);
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(performance.now() - stoppedAt).toBeLessThan(9_000);
  const lines = log.filter(({ route }) => route === '/chat');
  expect(lines).toMatchObject([{ msg: 'request', status: 101, method: 'GET' }]);
});

test('a service.json that appears is used, a wrong one is one line, and no request is lost', async () => {
  const { log, port, services } = await start();
  const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  const write = (name: string, members: object) => {
    mkdirSync(join(services, name), { recursive: true });
    writeFileSync(join(services, name, 'service.json'), JSON.stringify({ name, ...members }));
  };
  const untilLogged = (count: number, msg: string) =>
    expect
      .poll(() => log.filter((line) => line.msg === msg).length, { timeout: 10_000 })
      .toBe(count);

  // Nothing listens there: 503 says that the route is known.
  write('late', { port: 1, routes: ['/late'] });
  await untilLogged(1, 'services changed');
  expect(await statusOf('/late')).toBe(503);

  write('wrong', { port: 2, routes: ['/chat'] });
  const refused = 'services changed, and cannot be used; those known before still are';
  await untilLogged(1, refused);
  expect(log.find(({ msg }) => msg === refused)?.reason).toMatch(/the route \/chat is at or below/);
  expect([await statusOf('/chat'), await statusOf('/late')]).toEqual([200, 503]);

  rmSync(join(services, 'wrong'), { recursive: true });
  write('late', { port: 1, routes: ['/later'] });
  await untilLogged(2, 'services changed');
  expect([await statusOf('/late'), await statusOf('/later')]).toEqual([404, 503]);
  await untilLogged(1, refused);
}, 30_000);
