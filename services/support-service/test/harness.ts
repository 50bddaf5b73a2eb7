import { join } from 'node:path';
import { openDatabase } from '@latchkey/database/client';
import { scratchDatabase } from '@latchkey/database/scratch';
import type {} from '@latchkey/postgres/vitest-global-setup';
import { createServiceClient } from '@latchkey/service-kit/calling/service-client';
import { ownServiceJson } from '@latchkey/service-kit/joining/service-json';
import { Health } from '@latchkey/service-kit/process/health';
import { listenOnLoopback, requester, silentLog } from '@latchkey/service-kit/testing/harness';
import { inject } from 'vitest';
import { PrismaClient } from '../generated/prisma/client.ts';
import { createApp } from '../src/app.ts';
import { messageRepository } from '../src/messages/message-repository.ts';
import { ticketRepository } from '../src/tickets/ticket-repository.ts';
import { verifier } from './tokens.ts';

const migrations = join(import.meta.dirname, '../../../prisma/support/migrations');

export interface HarnessOptions {
  todoServiceUrl?: string;
  todoTimeoutMs?: number;
}

export type SupportService = Awaited<ReturnType<typeof startSupportService>>;

/** The real service on its own database and port. */
export async function startSupportService(options: HarnessOptions = {}) {
  const scratch = await scratchDatabase({ serverUrl: inject('postgresUrl'), migrations });
  const database = openDatabase(PrismaClient, { url: scratch.url });
  const todoService = createServiceClient({
    service: 'todo-service',
    baseUrl: options.todoServiceUrl ?? 'http://127.0.0.1:1',
    timeoutMs: options.todoTimeoutMs ?? 2_000,
  });
  const app = createApp({
    service: ownServiceJson(join(import.meta.dirname, '../src')),
    log: silentLog,
    health: new Health({ database: database.ping }),
    verifier,
    todoService,
    tickets: ticketRepository(database.client),
    messages: messageRepository(database.client),
  });
  const server = await listenOnLoopback(app);
  const request = requester(server.url);
  return {
    url: server.url,
    request,
    db: database.client,
    dropDatabase: scratch.drop,
    /** Opens a ticket and gives its id. */
    async openTicket(token: string, members: object = {}): Promise<number> {
      const json = { subject: 'Help', message: 'It does not work.', ...members };
      const answer = await request('POST /tickets', { token, json });
      if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
      return answer.body.id;
    },
    async stop() {
      await server.close();
      todoService.close();
      await database.close();
      await scratch.drop();
    },
  };
}
