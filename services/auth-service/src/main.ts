import { openDatabase } from '@latchkey/database/client';
import { ownServiceJson } from '@latchkey/service-kit/joining/service-json';
import { Health } from '@latchkey/service-kit/process/health';
import { createLog } from '@latchkey/service-kit/process/log';
import { loadConfig, runMain, serve } from '@latchkey/service-kit/process/serve';
import { PrismaClient } from '../generated/prisma/client.ts';
import { createApp } from './app.ts';
import { assemble } from './assembly.ts';
import { parseConfig } from './config.ts';
import { startHousekeeping } from './housekeeping/housekeeping.ts';
import { renewSkeletonsInBackground } from './names/skeleton-renewal.ts';

await runMain('auth-service', async () => {
  const config = loadConfig('auth-service', parseConfig, process.env);
  const service = ownServiceJson(import.meta.dirname);
  const log = createLog(service.name, config.service.logLevel);
  const database = openDatabase(PrismaClient, { url: config.databaseUrl });
  const { client: db, pool } = database;
  const parts = await assemble({ config, service, db, pool, log, now: Date.now });
  if (config.grants.profile === 'minimal') {
    log.warn(
      'minimal token profile: roles, scopes, revocation, introspection and exchange are off',
    );
  }
  const health = new Health({
    database: database.ping,
    keys: () => (parts.verifier.status().keys === 'none' ? 'no keys yet' : undefined),
  });
  const housekeeping = startHousekeeping({
    db,
    log,
    settings: config.housekeeping,
    now: Date.now,
  });
  renewSkeletonsInBackground({ db, log });
  const app = createApp({ ...parts, health });
  await serve({
    app,
    config: config.service,
    log,
    health,
    close: [
      housekeeping.close,
      async () => parts.keys?.ring.close(),
      parts.verifier.close,
      parts.subjectVerifier.close,
      database.close,
    ],
  });
});
