import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import type { Verifier } from '@latchkey/jwt-verify';
import { requestRecorder } from '@latchkey/service-kit/http/access-log';
import type { GatewayMembers } from '@latchkey/service-kit/joining/gateway-members';
import { ownServiceJson } from '@latchkey/service-kit/joining/service-json';
import { Health } from '@latchkey/service-kit/process/health';
import { createLog } from '@latchkey/service-kit/process/log';
import { createMetrics } from '@latchkey/service-kit/process/metrics';
import type { Upgrading } from '@latchkey/service-kit/process/serve';
import { onTestFinished } from 'vitest';
import { createApp } from '../src/app.ts';
import { FairShares } from '../src/bounds/fair-shares.ts';
import type { MinimumRate } from '../src/bounds/minimum-rate.ts';
import { hardenServer } from '../src/intake/harden-server.ts';
import type { RevocationCheck } from '../src/intake/revocation-check.ts';
import { protectedResources, type ResourceServer } from '../src/metadata/protected-resources.ts';
import { createPolicies } from '../src/service-policies.ts';
import type { BrowserSessions } from '../src/sessions/browser-sessions.ts';
import type { UpgradeLimits } from '../src/upgrades/open-upgrades.ts';
import { Upgrades } from '../src/upgrades/upgrades.ts';
import { type ResolveHost, resolveHost } from '../src/upstreams/resolve-host.ts';
import { createUpstreams, type RoutedService } from '../src/upstreams/upstreams.ts';

interface ListenOptions {
  host?: string;
  port?: number;
  upgrades?: Pick<Upgrading, 'accepts' | 'open'>;
}

/** A server on loopback that is gone when the test is over. */
export async function listen(
  app: RequestListener,
  { host = '127.0.0.1', port = 0, upgrades }: ListenOptions = {},
) {
  const shouldUpgradeCallback = (req: IncomingMessage) => upgrades?.accepts(req) ?? false;
  const server = createServer({ shouldUpgradeCallback }, app);
  if (upgrades) server.on('upgrade', upgrades.open);
  server.listen(port, host);
  await once(server, 'listening');
  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  onTestFinished(close);
  const at = (server.address() as AddressInfo).port;
  return { server, port: at, url: `http://${host}:${at}`, close };
}

/** A service that is ready and answers all else by `app`. */
export const readyAnd =
  (app: RequestListener): RequestListener =>
  (req, res) => {
    if (req.url === '/readyz') res.end('{"ready":true,"checks":{}}');
    else app(req, res);
  };

export interface GatewayOptions {
  resolve?: ResolveHost;
  trustedProxies?: string[];
  maxBodyBytes?: number;
  headersTimeoutMs?: number;
  bodyIdleTimeoutMs?: number;
  maxRequestsPerInstance?: number;
  maxBufferBytes?: number;
  maxConnections?: number;
  minimumRate?: MinimumRate;
  corsOrigins?: string[];
  issuer?: string;
  resources?: ResourceServer[];
  upgradeLimits?: UpgradeLimits;
  revocationOf?: RevocationCheck;
  sessions?: BrowserSessions;
  webDir?: string;
  verifier?: Verifier;
  /** Whether instances are looked for and asked by the clock, as in production. */
  polling?: boolean;
}

/** A gateway in front of services, which it has looked for once. */
export async function startGateway(services: RoutedService[], options: GatewayOptions = {}) {
  const { resolve = resolveHost, trustedProxies = [], maxBodyBytes = 64 * 1024 } = options;
  const { revocationOf } = options;
  const log = createLog('gateway', process.env.TEST_LOG_LEVEL ?? 'silent');
  const metrics = createMetrics('gateway');
  const limits = {
    connectTimeoutMs: 1_000,
    headersTimeoutMs: options.headersTimeoutMs ?? 5_000,
    bodyIdleTimeoutMs: options.bodyIdleTimeoutMs ?? 5_000,
    maxRequestsPerInstance: options.maxRequestsPerInstance ?? 1_024,
  };
  const upstreams = createUpstreams(services, { limits, resolveHost: resolve, log });
  const health = new Health({}, { details: upstreams.describe });
  const service = ownServiceJson(join(import.meta.dirname, '../src'));
  const bounds = {
    maxBodyBytes,
    buffers: new FairShares(options.maxBufferBytes ?? 32 * 1024 ** 2),
    rate: options.minimumRate ?? { graceMs: 5_000, bytesPerSecond: 1_024 },
  };
  const servicePolicyOf = createPolicies(options.corsOrigins ?? []);
  const record = requestRecorder(log, metrics);
  const shared = {
    record,
    health,
    upstreams,
    servicePolicyOf,
    trustedProxies,
    bounds,
    revocationOf,
  };
  const upgradeLimits = options.upgradeLimits ?? { total: 100, perAddress: 100 };
  const { sessions, webDir, verifier } = options;
  const startedAt = new Date();
  const upgrades = new Upgrades({ ...shared, gate: sessions?.gate, limits: upgradeLimits });
  const resources = protectedResources(options.issuer, options.resources ?? []);
  const app = createApp({
    ...shared,
    ...{ service, log, metrics, upgrades, resources, sessions, webDir, verifier, startedAt },
  });
  if (options.polling) await upstreams.start();
  else await Promise.all(upstreams.all.map((upstream) => upstream.refresh()));
  const listening = await listen(app, { upgrades });
  const maxConnections = options.maxConnections ?? 4_096;
  hardenServer(listening.server, app, { log, maxBodyBytes, maxConnections, trustedProxies });
  onTestFinished(async () => {
    await Promise.all([listening.close(), upgrades.close()]);
    await upstreams.close();
  });
  return { ...listening, health, metrics, upstreams, upgrades, resources, bounds };
}

/** A gateway in front of one service at `/todo`. */
export async function gatewayTo(
  app: RequestListener,
  options: GatewayOptions & GatewayMembers = {},
) {
  const upstream = await listen(readyAnd(app));
  const { cors, headers, cookies, idleTimeoutSeconds, upgrade } = options;
  const wishes = { cors, headers, cookies, idleTimeoutSeconds, upgrade };
  const todo = { name: 'todo-service', routes: ['/todo'], baseUrl: upstream.url, ...wishes };
  return { upstream, ...(await startGateway([todo], options)) };
}

/** Sends bytes as they are and gives back all that comes until the other side ends. */
export async function sendRaw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('latin1');
  socket.write(text, 'latin1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  await once(socket, 'close');
  return answer;
}

/** Status, headers in lower case, and body of a raw answer. */
export function parseRaw(answer: string) {
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers: Record<string, string> = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 2),
    ]),
  );
  return { status: Number(statusLine.split(' ')[1]), headers, body: rest.join('\r\n\r\n') };
}
