import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createServiceClient } from '../src/calling/service-client.ts';
import { contextFrom } from '../src/http/request-context.ts';
import { UpstreamError } from '../src/http/upstream-error.ts';

const context = contextFrom({});
const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

async function upstream(listener: RequestListener) {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;
  const client = createServiceClient({
    service: 'up',
    baseUrl,
    timeoutMs: 300,
    maxBodyBytes: 1_000,
  });
  open.push(client, { close: () => void server.close().closeAllConnections() });
  return client;
}

describe('the service client', () => {
  it('sends the token, the request id and the trace on', async () => {
    let seen: Record<string, unknown> = {};
    const client = await upstream((req, res) => {
      seen = req.headers;
      res.end('{"a":1}');
    });
    expect(await client.call('/x', { token: 't', context })).toEqual({
      status: 200,
      body: { a: 1 },
    });
    expect(seen).toMatchObject({ authorization: 'Bearer t', 'x-request-id': context.requestId });
    expect(seen.traceparent).toContain(context.traceId);
  });

  it.each<[string, RequestListener, UpstreamError['reason']]>([
    ['an answer that never comes', () => undefined, 'timeout'],
    ['a 5xx', (_req, res) => void res.writeHead(500).end('{}'), 'failed'],
    ['what is no JSON', (_req, res) => void res.end('<html>'), 'invalid'],
    ['a closed connection', (req) => void req.socket.destroy(), 'unreachable'],
    ['a redirect', (_req, res) => void res.writeHead(302, { location: '/y' }).end(), 'unreachable'],
    ['too large a body', (_req, res) => void res.end(`"${'x'.repeat(2_000)}"`), 'unreachable'],
  ])('reports %s as an UpstreamError', async (_what, listener, reason) => {
    const client = await upstream(listener);
    const failure = await client.call('/x', { context }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UpstreamError);
    expect((failure as UpstreamError).reason).toBe(reason);
  });

  it('asks a GET again after a reset, and a POST not', async () => {
    let calls = 0;
    const client = await upstream((req, res) => {
      calls += 1;
      if (calls === 1) req.socket.resetAndDestroy();
      else res.end('{}');
    });
    expect((await client.call('/x', { context })).status).toBe(200);
    expect(calls).toBe(2);
    calls = 0;
    await expect(client.call('/x', { method: 'POST', form: {}, context })).rejects.toThrow('up');
    expect(calls).toBe(1);
  });

  it('hands a 4xx back as it is', async () => {
    const client = await upstream((_req, res) => void res.writeHead(404).end('{"code":"no"}'));
    expect(await client.call('/x', { context })).toEqual({ status: 404, body: { code: 'no' } });
  });
});
