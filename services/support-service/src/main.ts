import { openDatabase } from '@latchkey/database/client';
import { createServiceClient } from '@latchkey/service-kit/calling/service-client';
import { createTokenExchange } from '@latchkey/service-kit/calling/token-exchange';
import { ownServiceJson } from '@latchkey/service-kit/joining/service-json';
import { createServiceVerifier } from '@latchkey/service-kit/joining/service-verifier';
import { Health } from '@latchkey/service-kit/process/health';
import { createLog } from '@latchkey/service-kit/process/log';
import { loadConfig, runMain, serve } from '@latchkey/service-kit/process/serve';
import { PrismaClient } from '../generated/prisma/client.ts';
import { createApp } from './app.ts';
import { parseConfig } from './config.ts';
import { messageRepository } from './messages/message-repository.ts';
import { ticketRepository } from './tickets/ticket-repository.ts';

await runMain('support-service', async () => {
  const config = loadConfig('support-service', parseConfig, process.env);
  const service = ownServiceJson(import.meta.dirname);
  const log = createLog(service.name, config.service.logLevel);
  const database = openDatabase(PrismaClient, { url: config.databaseUrl });
  const { verifier, keysReady } = createServiceVerifier(config.tokens, service, log);
  const todoService = createServiceClient({ service: 'todo-service', ...config.todoService });
  const { exchange } = config;
  const authService =
    exchange && createServiceClient({ service: 'auth-service', baseUrl: exchange.authServiceUrl });
  const exchangeToken =
    authService &&
    createTokenExchange({
      authService,
      issuer: config.tokens.issuer,
      clientId: service.name,
      clientKey: exchange.clientKey,
      audience: 'todo-service',
      scope: 'todo:read',
    });
  const health = new Health({ database: database.ping, keys: keysReady });
  const app = createApp({
    service,
    log,
    health,
    verifier,
    todoService,
    exchangeToken,
    tickets: ticketRepository(database.client),
    messages: messageRepository(database.client),
  });
  await serve({
    app,
    config: config.service,
    log,
    health,
    close: [verifier.close, todoService.close, () => authService?.close(), database.close],
  });
});
