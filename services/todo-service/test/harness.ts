import { join } from 'node:path';
import { openDatabase } from '@latchkey/database/client';
import { scratchDatabase } from '@latchkey/database/scratch';
import type {} from '@latchkey/postgres/vitest-global-setup';
import { ownServiceJson } from '@latchkey/service-kit/joining/service-json';
import { Health } from '@latchkey/service-kit/process/health';
import {
  listenOnLoopback,
  requester,
  silentLog,
  testIssuer,
} from '@latchkey/service-kit/testing/harness';
import { inject } from 'vitest';
import { PrismaClient } from '../generated/prisma/client.ts';
import { createApp } from '../src/app.ts';
import { todoRepository } from '../src/todos/todo-repository.ts';

const migrations = join(import.meta.dirname, '../../../prisma/todo/migrations');
const READ_WRITE = 'todo:read todo:write';

/** The real service on its own database and port, and two people who may use it. */
export async function startTodoService() {
  const scratch = await scratchDatabase({ serverUrl: inject('postgresUrl'), migrations });
  const database = openDatabase(PrismaClient, { url: scratch.url });
  const { verifier, token } = await testIssuer('todo-service');
  const health = new Health({ database: database.ping });
  const app = createApp({
    service: ownServiceJson(join(import.meta.dirname, '../src')),
    log: silentLog,
    health,
    verifier,
    todos: todoRepository(database),
  });
  const server = await listenOnLoopback(app);
  return {
    url: server.url,
    request: requester(server.url),
    health,
    scratch,
    token,
    ada: token({ sub: 'ada', id: 1, scope: READ_WRITE }),
    ben: token({ sub: 'ben', id: 2, scope: READ_WRITE }),
    async stop() {
      await server.close();
      verifier.close();
      await database.close();
      await scratch.drop();
    },
  };
}
