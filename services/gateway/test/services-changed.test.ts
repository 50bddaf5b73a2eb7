import type { ServerResponse } from 'node:http';
import { requester } from '@latchkey/service-kit/testing/harness';
import { expect, it } from 'vitest';
import { listen, readyAnd, startGateway } from './harness.ts';

const answering = (name: string) =>
  listen(
    readyAnd((req, res) => {
      if (req.url === '/openapi.json') {
        res.setHeader('content-type', 'application/json');
        res.end(
          JSON.stringify({ openapi: '3.1.1', info: { title: name, version: '1' }, paths: {} }),
        );
      } else res.end(name);
    }),
  );

const service = (name: string, baseUrl: string) => ({ name, routes: [`/${name}`], baseUrl });

it('routes to a service that was added, and keeps what is open to the others', async () => {
  const [todo, late] = [await answering('todo'), await answering('late')];
  const gateway = await startGateway([service('todo', todo.url)]);
  const request = requester(gateway.url);
  const kept = gateway.upstreams.all[0];
  expect((await request('GET /late')).status).toBe(404);

  const statuses = new Set<number>();
  let done = false;
  const asking = (async () => {
    while (!done) statuses.add((await request('GET /todo')).status);
  })();
  await gateway.upstreams.replace([service('late', late.url), service('todo', todo.url)]);
  expect((await request('GET /late')).text).toBe('late');
  done = true;
  await asking;
  expect([...statuses]).toEqual([200]);
  expect(gateway.upstreams.find('/todo')?.upstream).toBe(kept);
  const { urls } = (await request('GET /docs/services.json')).body as { urls: { name: string }[] };
  expect(urls.map(({ name }) => name)).toEqual(['All services', 'late', 'todo']);
  expect((await request('GET /openapi.json')).body.tags).toHaveLength(2);
});

it('answers what is in flight to a service that was removed, then routes to it no more', async () => {
  const waiting: ServerResponse[] = [];
  const slow = await listen(readyAnd((_req, res) => void waiting.push(res)));
  const gateway = await startGateway([service('slow', slow.url)]);
  const request = requester(gateway.url);
  const inFlight = request('GET /slow');
  await expect.poll(() => waiting.length).toBe(1);
  await gateway.upstreams.replace([]);
  expect((await request('GET /slow')).status).toBe(404);
  waiting[0]?.end('done');
  expect((await inFlight).text).toBe('done');
});
