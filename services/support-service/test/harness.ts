import { join } from 'node:path';
import { openDatabase } from '@latchkey/database/client';
import { type ScratchDatabase, scratchDatabase } from '@latchkey/database/scratch';
import type { Verifier } from '@latchkey/jwt-verify';
import type {} from '@latchkey/postgres/vitest-global-setup';
import { callService } from '@latchkey/service-kit/calling/called-service';
import { startService } from '@latchkey/service-kit/testing/service';
import { inject } from 'vitest';
import { PrismaClient } from '../generated/prisma/client.ts';
import { createApp } from '../src/app.ts';
import { openStore } from '../src/store.ts';
import { verifier as ownVerifier } from './tokens.ts';

const migrations = join(import.meta.dirname, '../../../prisma/support/migrations');

export interface HarnessOptions {
  /** A further instance, on the database of this one. */
  beside?: { databaseUrl: string };
  verifier?: Verifier;
  ticketStreams?: number;
  todoServiceUrl?: string;
  todoTimeoutMs?: number;
}

export type SupportService = Awaited<ReturnType<typeof startSupportService>>;

/** The real service on its own database and port. */
export async function startSupportService(options: HarnessOptions = {}) {
  const { beside, verifier = ownVerifier } = options;
  const own = beside
    ? undefined
    : await scratchDatabase({ serverUrl: inject('postgresUrl'), migrations });
  const databaseUrl = beside?.databaseUrl ?? (own as ScratchDatabase).url;
  const database = openDatabase(PrismaClient, { url: databaseUrl });
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
    store: openStore(databaseUrl),
    calls: { todoService },
    settings: { TICKET_STREAMS: options.ticketStreams ?? 500 },
  });
  const { request } = service;
  return {
    ...service,
    db: database.client,
    databaseUrl,
    dropDatabase: async () => own?.drop(),
    suspendDatabase: async () => own?.suspend(),
    resumeDatabase: async () => own?.resume(),
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
      await own?.drop();
    },
  };
}
