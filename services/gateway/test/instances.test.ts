import { setTimeout as sleep } from 'node:timers/promises';
import { Health } from '@latchkey/service-kit/process/health';
import { describe, expect, test } from 'vitest';
import type { Address } from '../src/upstreams/instance.ts';
import { listen, startGateway } from './harness.ts';

const at = (address: string): Address => ({ address, family: 4 });

/** An instance of a service at a separate address; it drains and stops as service-kit's services do. */
async function startInstance(address: string, port: number) {
  const health = new Health();
  const instance = {
    address,
    port: 0,
    served: 0,
    inFlight: 0,
    stop: async (_drainDelayMs: number) => {},
  };
  const listening = await listen(
    async (req, res) => {
      if (health.draining) res.setHeader('Connection', 'close');
      if (req.url === '/readyz') {
        const readiness = await health.readiness();
        res.writeHead(readiness.ready ? 200 : 503).end(JSON.stringify(readiness));
        return;
      }
      instance.served += 1;
      instance.inFlight += 1;
      res.once('close', () => {
        instance.inFlight -= 1;
      });
      await sleep(5);
      res.end(address);
    },
    { host: address, port },
  );
  listening.server.keepAliveTimeout = 75_000;
  instance.port = listening.port;
  instance.stop = async (drainDelayMs) => {
    health.drain();
    await sleep(drainDelayMs);
    await new Promise((resolve) => listening.server.close(resolve));
  };
  return instance;
}

/** A gateway in front of whatever instances `addresses` names; it finds them only when it refreshes. */
async function gatewayToInstances(addresses: string[], { polling = false } = {}) {
  const known = new Set(addresses);
  const first = await startInstance(addresses[0] as string, 0);
  const others = await Promise.all(addresses.slice(1).map((a) => startInstance(a, first.port)));
  const todo = { name: 'todo', routes: ['/todo'], baseUrl: `http://todo.test:${first.port}` };
  const resolve = async () => [...known].map(at);
  const gateway = await startGateway([todo], { resolve, polling });
  const upstream = gateway.upstreams.all[0];
  if (!upstream) throw new Error('no upstream');
  const ask = async (method = 'GET') => {
    const answer = await fetch(`${gateway.url}/todo`, { method });
    return answer.status === 200 ? answer.text() : answer.status;
  };
  const askTimes = async (times: number, method?: string) => {
    const answers: (string | number)[] = [];
    for (let index = 0; index < times; index += 1) answers.push(await ask(method));
    return answers;
  };
  return { ...gateway, upstream, known, instances: [first, ...others], ask, askTimes };
}

const A = '127.0.0.11';
const B = '127.0.0.12';
const C = '127.0.0.13';

describe('instances of a service', () => {
  test('share the requests evenly', async () => {
    const { askTimes, instances } = await gatewayToInstances([A, B, C]);
    await askTimes(30);
    expect(instances.map(({ served }) => served)).toEqual([10, 10, 10]);
  });

  test('a slow one gets fewer', async () => {
    const slow = await listen(
      (req, res) => {
        if (req.url === '/readyz') res.end('{}');
      },
      { host: A },
    );
    await startInstance(B, slow.port);
    const todo = { name: 'todo', routes: ['/todo'], baseUrl: `http://todo.test:${slow.port}` };
    const { url } = await startGateway([todo], { resolve: async () => [at(A), at(B)] });
    const stuck = new AbortController();
    const waiting = [1, 2].map(() => fetch(`${url}/todo`, { signal: stuck.signal }));
    const first = await Promise.race(waiting);
    expect(await first.text()).toBe(B);
    for (let round = 0; round < 10; round += 1) {
      expect(await (await fetch(`${url}/todo`)).text()).toBe(B);
    }
    stuck.abort();
    await Promise.allSettled(waiting);
  });

  test('a new one is asked as soon as it is found ready', async () => {
    const { askTimes, known, instances, upstream } = await gatewayToInstances([A]);
    const added = await startInstance(B, instances[0]?.port ?? 0);
    known.add(B);
    await upstream.refresh();
    expect(new Set(await askTimes(4))).toEqual(new Set([A, B]));
    expect(added.served).toBe(2);
  });

  test('one whose address is gone is asked no more', async () => {
    const { askTimes, known, upstream } = await gatewayToInstances([A, B]);
    known.delete(A);
    await upstream.refresh();
    expect(new Set(await askTimes(4))).toEqual(new Set([B]));
    expect(upstream.describe()).toBe('1 ready');
  });

  test('are kept while their name cannot be resolved', async () => {
    const { askTimes, known, upstream } = await gatewayToInstances([A, B]);
    known.clear();
    await upstream.refresh();
    expect(new Set(await askTimes(4))).toEqual(new Set([A, B]));
  });

  test('a draining one gets nothing new, though it still listens', async () => {
    const { askTimes, instances, upstream } = await gatewayToInstances([A, B]);
    const stopped = instances[0]?.stop(300);
    await upstream.refresh();
    expect(upstream.describe()).toBe('1 ready, 1 draining');
    expect(new Set(await askTimes(6, 'POST'))).toEqual(new Set([B]));
    await stopped;
  });

  test('one that closes its connections is asked at once whether it is leaving', async () => {
    const { askTimes, instances, upstream } = await gatewayToInstances([A, B]);
    const stopped = instances[0]?.stop(500);
    await askTimes(2);
    await expect.poll(() => upstream.describe()).toBe('1 ready, 1 draining');
    await stopped;
  });

  test('a draining one is still tried when there is no other', async () => {
    const { ask, instances, upstream } = await gatewayToInstances([A]);
    const stopped = instances[0]?.stop(300);
    await upstream.refresh();
    expect(await ask()).toBe(A);
    await stopped;
  });

  test.each(['GET', 'POST'])('one that is gone costs no %s', async (method) => {
    const { askTimes, instances, upstream } = await gatewayToInstances([A, B]);
    await instances[0]?.stop(0);
    expect(await askTimes(6, method)).toEqual([B, B, B, B, B, B]);
    expect(upstream.describe()).toBe('1 ready, 1 unreachable');
  });

  test('one that comes back is asked again', async () => {
    const { askTimes, instances, upstream } = await gatewayToInstances([A, B]);
    await instances[0]?.stop(0);
    await upstream.refresh();
    await startInstance(A, instances[0]?.port ?? 0);
    await upstream.refresh();
    expect(new Set(await askTimes(4))).toEqual(new Set([A, B]));
  });
});

describe('a connection reset before any answer', () => {
  /** One instance that resets, one that answers. */
  async function gatewayToResetting() {
    const seen: string[] = [];
    const resetting = await listen(
      (req, res) => {
        if (req.url === '/readyz') {
          res.end('{}');
          return;
        }
        seen.push(`reset ${req.method}`);
        req.socket.resetAndDestroy();
      },
      { host: A },
    );
    await listen(
      (req, res) => {
        if (req.url !== '/readyz') seen.push(`served ${req.method}`);
        req.resume().on('end', () => res.end('{}'));
      },
      { host: B, port: resetting.port },
    );
    const todo = { name: 'todo', routes: ['/todo'], baseUrl: `http://todo.test:${resetting.port}` };
    const { url } = await startGateway([todo], { resolve: async () => [at(B), at(A)] });
    return { url, seen };
  }

  test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])('%s is sent again', async (method) => {
    const { url, seen } = await gatewayToResetting();
    for (let round = 0; round < 2; round += 1) {
      expect((await fetch(`${url}/todo`, { method })).status).toBe(200);
    }
    expect(seen).toContain(`reset ${method}`);
    expect(seen.filter((text) => text.startsWith('served'))).toHaveLength(2);
  });

  test.each<[string, string | null]>([
    ['POST', null],
    ['POST', '{}'],
    ['PATCH', '{}'],
    ['PUT', '{}'],
    ['DELETE', '{}'],
  ])('%s with body %s is not', async (method, body) => {
    const { url, seen } = await gatewayToResetting();
    const statuses: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      statuses.push((await fetch(`${url}/todo`, { method, body })).status);
    }
    expect(statuses.toSorted()).toEqual([200, 502]);
    expect(seen.toSorted()).toEqual([`reset ${method}`, `served ${method}`]);
  });
});

test('a rolling restart under load fails no request', async () => {
  const gateway = await gatewayToInstances([A, B, C], { polling: true });
  const outcomes = new Map<string | number, number>();
  let running = true;
  const load = ['GET', 'POST', 'GET', 'POST', 'PATCH', 'DELETE'].map(async (method) => {
    while (running) {
      const outcome = await gateway.ask(method).catch((error: Error) => error.message);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  });
  const port = gateway.instances[0]?.port ?? 0;
  for (const instance of gateway.instances) {
    await instance.stop(1_500);
    expect(instance.inFlight).toBe(0);
    const restarted = await startInstance(instance.address, port);
    await expect.poll(() => restarted.served, { timeout: 5_000 }).toBeGreaterThan(10);
  }
  running = false;
  await Promise.all(load);
  expect([...outcomes.keys()].toSorted()).toEqual([A, B, C]);
  for (const served of outcomes.values()) expect(served).toBeGreaterThan(50);
}, 30_000);
