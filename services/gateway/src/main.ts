import { requestRecorder } from '@latchkey/service-kit/http/access-log';
import { ownServiceJson } from '@latchkey/service-kit/joining/service-json';
import { createServiceVerifier } from '@latchkey/service-kit/joining/service-verifier';
import { Health } from '@latchkey/service-kit/process/health';
import { createLog } from '@latchkey/service-kit/process/log';
import { createMetrics } from '@latchkey/service-kit/process/metrics';
import { loadConfig, runMain, serve } from '@latchkey/service-kit/process/serve';
import { watchServices } from '@latchkey/service-kit/process/services-changed';
import { createApp } from './app.ts';
import { FairShares } from './bounds/fair-shares.ts';
import { parseConfig } from './config.ts';
import { hardenServer } from './intake/harden-server.ts';
import { revocationCheck } from './intake/revocation-check.ts';
import { protectedResources } from './metadata/protected-resources.ts';
import { serveMetrics } from './metrics-server.ts';
import { createPolicies } from './service-policies.ts';
import { openBrowserSessions } from './sessions/browser-sessions.ts';
import { openStore } from './store.ts';
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
  const health = new Health({}, { details: upstreams.describe });
  const { maxBodyBytes, maxBufferBytes, trustedProxies } = config;
  const bounds = {
    maxBodyBytes,
    buffers: new FairShares(maxBufferBytes),
    rate: config.minimumRate,
  };
  const servicePolicyOf = createPolicies(config.corsOrigins);
  const record = requestRecorder(log, metrics);
  const tokens = { audience: null, defaultScopes: [] };
  const checked = config.tokens && createServiceVerifier(config.tokens, tokens, log);
  // Keys and lists are fetched ahead; without them the services judge alone.
  void checked?.keysReady();
  const revocationOf =
    checked && config.checksRevocation ? revocationCheck(checked.verifier) : undefined;
  const store = config.sessions && openStore(config.sessions.databaseUrl);
  const sessions =
    config.sessions &&
    store &&
    (await openBrowserSessions({
      config: config.sessions,
      store,
      clientId: service.name,
      upstreams,
      verifier: checked?.verifier,
      trustedProxies,
      log,
      now: Date.now,
    }));
  const shared = {
    record,
    health,
    upstreams,
    servicePolicyOf,
    trustedProxies,
    bounds,
    revocationOf,
  };
  const upgrades = new Upgrades({ ...shared, gate: sessions?.gate, limits: config.upgradeLimits });
  const resources = protectedResources(config.issuer, config.resources);
  const { webDir } = config;
  const verifier = checked?.verifier;
  const startedAt = new Date();
  const app = createApp({
    ...shared,
    ...{ service, log, metrics, upgrades, resources, sessions, webDir, verifier, startedAt },
  });

  await upstreams.start();
  servicesWatch.onChange(log, async (env) => {
    const changed = parseConfig(env);
    await upstreams.replace(changed.services);
    resources.use(changed.resources);
  });
  const closeMetrics = await serveMetrics(config.metrics, metrics, log);
  const close = [
    upstreams.close,
    closeMetrics,
    () => checked?.verifier.close(),
    () => sessions?.close(),
    () => store?.close(),
  ];
  const server = await serve({ app, config: config.service, log, health, close, upgrades });
  hardenServer(server, app, { ...config, log });
  server.keepAliveTimeout = config.keepAliveTimeoutMs;
});
