import { z } from 'zod';
import { createServiceApp } from '../src/http/app.ts';
import { parseEnv, serviceEnv, toServiceConfig } from '../src/process/config.ts';
import { Health } from '../src/process/health.ts';
import { createLog } from '../src/process/log.ts';
import { runMain, serve } from '../src/process/serve.ts';

/** A service that does nothing but start and stop; one of its parts never closes. */
await runMain('idle', async () => {
  const config = toServiceConfig(parseEnv(z.object(serviceEnv(0)), process.env));
  const log = createLog('idle', 'info');
  const health = new Health();
  const service = { name: 'idle', port: 1, routes: [], scopes: {}, roles: {} };
  const app = createServiceApp({ service, log, health, routes: [] });
  const never = () => new Promise(() => undefined);
  const close = process.env.NEVER_CLOSES ? [never] : [];
  await serve({ app, config, log, health, close });
});
