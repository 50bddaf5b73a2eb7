import { publicRoute } from '@latchkey/jwt-verify/express';
import { expect, onTestFinished, test } from 'vitest';
import { createServiceApp } from '../src/http/app.ts';
import {
  eventStream,
  type StreamWatch,
  serverSentEvent,
  watchStream,
  writeEvent,
} from '../src/http/event-stream.ts';
import { route } from '../src/http/route.ts';
import { listenOnLoopback, silentLog } from '../testing/harness.ts';

const service = { name: 'streaming', port: 1, routes: [], scopes: {}, roles: {} };

/** What a stream that is watched so says, from its beginning to its end. */
async function wholeStream(watch: StreamWatch): Promise<string> {
  const stream = route({
    method: 'get',
    path: '/stream',
    guard: publicRoute,
    summary: 'Streams',
    responses: {},
    handle: () =>
      eventStream((res) => {
        writeEvent(res, serverSentEvent('first', '{}', '7'));
        watchStream(res, watch);
      }),
  });
  const server = await listenOnLoopback(
    createServiceApp({ service, log: silentLog, routes: [stream] }),
  );
  onTestFinished(server.close);
  return (await fetch(`${server.url}/stream`)).text();
}

const first = 'id: 7\nevent: first\ndata: {}\n\n';

test('ends when it is over, with its last event', async () => {
  const lastEvent = serverSentEvent('ended', '{}');
  const text = await wholeStream({ isOver: () => true, lastEvent });
  expect(text).toBe(`${first}event: ended\ndata: {}\n\n`);
});

test('a look that fails ends nothing, and a heartbeat is sent until the longest time', async () => {
  const asked: boolean[] = [];
  const isOver = async (isDue: boolean) => {
    asked.push(isDue);
    throw new Error('away');
  };
  const text = await wholeStream({ isOver, heartbeatMs: 1_500, maxMs: 2_500, lastEvent: 'never' });
  expect(asked).toContain(true);
  expect(text).toBe(first + ':\n\n'.repeat(asked.filter(Boolean).length));
}, 30_000);
