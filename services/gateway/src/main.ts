import { requestRecorder } from '@latchkey/service-kit/http/access-log';
import { ownServiceJson } from '@latchkey/service-kit/joining/service-json';
import { Health } from '@latchkey/service-kit/process/health';
import { createLog } from '@latchkey/service-kit/process/log';
import { createMetrics } from '@latchkey/service-kit/process/metrics';
import { loadConfig, runMain, serve } from '@latchkey/service-kit/process/serve';
import { watchServices } from '@latchkey/service-kit/process/services-changed';
import { createApp } from './app.ts';
import { FairShares } from './bounds/fair-shares.ts';
import { parseConfig } from './config.ts';
import { hardenServer } from './intake/harden-server.ts';
import { protectedResources } from './metadata/protected-resources.ts';
import { serveMetrics } from './metrics-server.ts';
import { createPolicies } from './service-policies.ts';
import { Upgrades } from './upgrades/upgrades.ts';
import { resolveHost } from './upstreams/resolve-host.ts';
import { createUpstreams } from './upstreams/upstreams.ts';

await runMain('gateway', async () => {
  const config = loadConfig('gateway', parseConfig, process.env);
  const servicesWatch = watchServices(config.servicesDir);
  const service = ownServiceJson(import.meta.dirname);
  const log = createLog(service.name, config.service.logLevel);
  const metrics = createMetrics(service.name);
  const upstreams = createUpstreams(config.services, { limits: config.limits, resolveHost, log });
  const health = new Health({}, upstreams.describe);
  const { maxBodyBytes, maxBufferBytes, trustedProxies } = config;
  const bounds = {
    maxBodyBytes,
    buffers: new FairShares(maxBufferBytes),
    rate: config.minimumRate,
  };
  const servicePolicyOf = createPolicies(config.corsOrigins);
  const record = requestRecorder(log, metrics);
  const shared = { record, health, upstreams, servicePolicyOf, trustedProxies, bounds };
  const upgrades = new Upgrades({ ...shared, limits: config.upgradeLimits });
  const resources = protectedResources(config.issuer, config.resources);
  const app = createApp({ ...shared, service, log, metrics, upgrades, resources });

  await upstreams.start();
  servicesWatch.onChange(log, async (env) => {
    const changed = parseConfig(env);
    await upstreams.replace(changed.services);
    resources.use(changed.resources);
  });
  const closeMetrics = await serveMetrics(config.metrics, metrics, log);
  const close = [upstreams.close, closeMetrics];
  const server = await serve({ app, config: config.service, log, health, close, upgrades });
  hardenServer(server, app, { ...config, log });
  server.keepAliveTimeout = config.keepAliveTimeoutMs;
});
