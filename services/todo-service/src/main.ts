import { openDatabase } from '@latchkey/database/client';
import { ownServiceJson } from '@latchkey/service-kit/joining/service-json';
import { createServiceVerifier } from '@latchkey/service-kit/joining/service-verifier';
import { Health } from '@latchkey/service-kit/process/health';
import { createLog } from '@latchkey/service-kit/process/log';
import { loadConfig, runMain, serve } from '@latchkey/service-kit/process/serve';
import { PrismaClient } from '../generated/prisma/client.ts';
import { createApp } from './app.ts';
import { parseConfig } from './config.ts';
import { todoRepository } from './todos/todo-repository.ts';

await runMain('todo-service', async () => {
  const config = loadConfig('todo-service', parseConfig, process.env);
  const service = ownServiceJson(import.meta.dirname);
  const log = createLog(service.name, config.service.logLevel);
  const database = openDatabase(PrismaClient, { url: config.databaseUrl });
  const { verifier, keysReady } = createServiceVerifier(config.tokens, service, log);
  const health = new Health({ database: database.ping, keys: keysReady });
  const app = createApp({ service, log, health, verifier, todos: todoRepository(database) });
  await serve({
    app,
    config: config.service,
    log,
    health,
    close: [verifier.close, database.close],
  });
});
