import { ownServiceJson } from '@latchkey/service-kit/joining/service-json';
import { Health } from '@latchkey/service-kit/process/health';
import { createLog } from '@latchkey/service-kit/process/log';
import { retryInBackground } from '@latchkey/service-kit/process/repeat';
import { loadConfig, runMain, serve } from '@latchkey/service-kit/process/serve';
import { watchServices } from '@latchkey/service-kit/process/services-changed';
import { createApp } from './app.ts';
import { assemble, reassemble } from './assembly.ts';
import { logoutMetrics } from './backchannel-logout/logout-metrics.ts';
import { parseConfig } from './config.ts';
import { resealTotpSecrets } from './factors/totp-resealing.ts';
import { totpSecrets } from './factors/totp-secrets.ts';
import { startHousekeeping } from './housekeeping/housekeeping.ts';
import { openMailQueue } from './mail/open-mail-queue.ts';
import { renewSkeletons } from './names/skeleton-renewal.ts';
import { statusMetrics } from './status-lists/status-metrics.ts';
import { openStore } from './store.ts';

const RENEWAL_RETRY_MS = 10_000;

await runMain('auth-service', async () => {
  const config = loadConfig('auth-service', parseConfig, process.env);
  const servicesWatch = watchServices(config.servicesDir);
  const service = ownServiceJson(import.meta.dirname);
  const log = createLog(service.name, config.service.logLevel);
  const { store, ping, close } = openStore({ url: config.databaseUrl });
  const parts = await assemble({ config, service, store, log, now: Date.now });
  const { signing, catalog, issuingLists, statusLists, logoutDelivery } = parts;
  if (config.grants.profile === 'minimal') {
    log.warn(
      'minimal token profile: roles, scopes, revocation, introspection and exchange are off',
    );
  }
  const checks = {
    database: ping,
    keys: () => (signing.verifier.status().keys === 'none' ? 'no keys yet' : undefined),
  };
  const health = new Health(checks, {
    metrics(registry) {
      if (statusLists) statusMetrics(statusLists)(registry);
      if (logoutDelivery) logoutMetrics(logoutDelivery)(registry);
    },
  });
  const settings = config.housekeeping;
  const housekeeping = startHousekeeping(store, { log, settings, now: Date.now });
  const mailQueue = openMailQueue({ ...parts, config });
  retryInBackground(() => renewSkeletons(store.names), {
    retryMs: RENEWAL_RETRY_MS,
    log,
    failure: 'usernames not compared by the new rules yet',
  });
  const secrets = config.encryption && totpSecrets(config.encryption);
  if (secrets) {
    retryInBackground(() => resealTotpSecrets(store.factors, secrets, log), {
      retryMs: RENEWAL_RETRY_MS,
      log,
      failure: 'secrets of authenticator apps not sealed anew yet',
    });
  }
  let current = parts;
  let app = createApp({ ...current, health });
  servicesWatch.onChange(log, async (env) => {
    current = await reassemble(current, parseConfig(env));
    app = createApp({ ...current, health });
  });
  await serve({
    app: (req, res) => app(req, res),
    config: config.service,
    log,
    health,
    close: [
      housekeeping.close,
      async () => logoutDelivery?.close(),
      async () => mailQueue?.close(),
      async () => issuingLists?.close(),
      () => statusLists?.close(),
      signing.close,
      catalog.close,
      close,
    ],
  });
  issuingLists?.openFirst();
});
