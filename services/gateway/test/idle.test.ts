import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { gatewayTo, listen, readyAnd, startGateway } from './harness.ts';

describe('server-sent events', () => {
  test('that are silent for as long as their service may be are not cut', async () => {
    const { url } = await gatewayTo(
      async (_req, res) => {
        res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n');
        await sleep(1_500);
        res.end('data: 2\n\n');
      },
      { bodyIdleTimeoutMs: 200, idleTimeoutSeconds: 30 },
    );
    const answer = await fetch(`${url}/todo`);
    expect(await answer.text()).toBe('data: 1\n\ndata: 2\n\n');
  });

  test('are cut after it', async () => {
    const { url } = await gatewayTo((_req, res) => void res.writeHead(200).write('data: 1\n\n'), {
      idleTimeoutSeconds: 1,
    });
    const answer = await fetch(`${url}/todo`);
    await expect(answer.text()).rejects.toThrow();
  });
});

test('a client’s connection may be silent while its service may, and no longer', async () => {
  const upstream = await listen(readyAnd((_req, res) => res.end('ok')));
  const at = (name: string, idleTimeoutSeconds?: number) => ({
    ...{ name, routes: [`/${name}`], baseUrl: upstream.url },
    idleTimeoutSeconds,
  });
  const gateway = await startGateway([at('events', 3600), at('todo')]);
  let held: Socket | undefined;
  const timeouts: unknown[] = [];
  gateway.server.on('connection', (socket) => {
    held = socket;
  });
  gateway.server.on('request', () => timeouts.push(held?.timeout));
  const socket = connect(gateway.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  for (const path of ['/events', '/todo', '/events']) {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await once(socket, 'data');
  }
  expect(timeouts).toEqual([3_605_000, 120_000, 3_605_000]);
});
