import { join } from 'node:path';
import { openDatabase } from '@latchkey/database/client';
import { scratchDatabase } from '@latchkey/database/scratch';
import type {} from '@latchkey/postgres/vitest-global-setup';
import { callService } from '@latchkey/service-kit/calling/called-service';
import { startService } from '@latchkey/service-kit/testing/service';
import { inject } from 'vitest';
import { PrismaClient } from '../generated/prisma/client.ts';
import { createApp } from '../src/app.ts';
import { openStore } from '../src/store.ts';
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
  const todoService = callService({
    service: 'todo-service',
    scope: 'todo:read',
    baseUrl: options.todoServiceUrl ?? 'http://127.0.0.1:1',
    timeoutMs: options.todoTimeoutMs ?? 2_000,
    challenge: verifier.challenge,
  });
  const service = await startService({
    srcDirectory: join(import.meta.dirname, '../src'),
    createApp,
    verifier,
    store: openStore(scratch.url),
    calls: { todoService },
  });
  const { request } = service;
  return {
    ...service,
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
      await service.stop();
      await database.close();
      await scratch.drop();
    },
  };
}
