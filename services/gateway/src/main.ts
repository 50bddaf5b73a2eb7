import { Health } from '@latchkey/service-kit/health';
import { createLog } from '@latchkey/service-kit/log';
import { createMetrics } from '@latchkey/service-kit/metrics';
import { loadConfig, runMain, serve } from '@latchkey/service-kit/serve';
import { ownServiceJson } from '@latchkey/service-kit/service-json';
import { createApp } from './app.ts';
import { parseConfig } from './config.ts';
import { hardenServer } from './intake/harden-server.ts';
import { serveMetrics } from './metrics-server.ts';
import { createPolicies } from './routing/service-policies.ts';
import { Upgrades } from './upgrades/upgrades.ts';
import { resolveHost } from './upstreams/resolve-host.ts';
import { createUpstreams } from './upstreams/upstreams.ts';

await runMain('gateway', async () => {
  const config = loadConfig('gateway', parseConfig, process.env);
  const service = ownServiceJson(import.meta.dirname);
  const log = createLog(service.name, config.service.logLevel);
  const metrics = createMetrics(service.name);
  const upstreams = createUpstreams(config.services, { limits: config.limits, resolveHost, log });
  const health = new Health({}, upstreams.describe);
  const { maxBodyBytes, trustedProxies } = config;
  const policyOf = createPolicies(upstreams.all, config.corsOrigins);
  const shared = { log, metrics, health, upstreams, policyOf, trustedProxies };
  const upgrades = new Upgrades({ ...shared, limits: config.upgradeLimits });
  const app = createApp({ ...shared, service, upgrades, maxBodyBytes });

  await upstreams.start();
  const closeMetrics = await serveMetrics(config.metrics, metrics, log);
  const close = [upstreams.close, closeMetrics];
  const server = await serve({ app, config: config.service, log, health, close, upgrades });
  hardenServer(server, app, { log, maxBodyBytes });
  server.keepAliveTimeout = config.keepAliveTimeoutMs;
});
