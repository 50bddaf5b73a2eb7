import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '@latchkey/service-kit/process/log';
import type { Metrics } from '@latchkey/service-kit/process/metrics';

/** Serves `/metrics` at a separate port, because the gateway's port is public. Returns a function that closes it. */
export async function serveMetrics(
  at: { host: string; port: number } | undefined,
  { registry }: Metrics,
  log: Log,
): Promise<() => void> {
  if (!at) return () => {};
  const server = createServer({ requestTimeout: 5_000 }, async (req, res) => {
    if (req.method !== 'GET' || req.url !== '/metrics') {
      res.writeHead(404).end();
      return;
    }
    const text = await registry.metrics();
    res.writeHead(200, { 'Content-Type': registry.contentType }).end(text);
  });
  server.listen(at.port, at.host);
  await once(server, 'listening');
  log.info({ host: at.host, port: (server.address() as AddressInfo).port }, 'metrics listening');
  return () => {
    server.close();
    server.closeAllConnections();
  };
}
