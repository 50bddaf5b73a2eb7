import { join } from 'node:path';
import { scratchDatabase } from '@latchkey/database/scratch';
import type {} from '@latchkey/postgres/vitest-global-setup';
import { testIssuer } from '@latchkey/service-kit/testing/harness';
import { startService } from '@latchkey/service-kit/testing/service';
import { inject } from 'vitest';
import { createApp } from '../src/app.ts';
import { openStore } from '../src/store.ts';

const migrations = join(import.meta.dirname, '../../../prisma/todo/migrations');
const READ_WRITE = 'todo:read todo:write';

/** The real service on its own database and port, and two people who may use it. */
export async function startTodoService() {
  const scratch = await scratchDatabase({ serverUrl: inject('postgresUrl'), migrations });
  const { verifier, token } = await testIssuer('todo-service');
  const service = await startService({
    srcDirectory: join(import.meta.dirname, '../src'),
    createApp,
    verifier,
    store: openStore(scratch.url),
  });
  return {
    ...service,
    scratch,
    token,
    ada: token({ sub: 'ada', id: 1, scope: READ_WRITE }),
    ben: token({ sub: 'ben', id: 2, scope: READ_WRITE }),
    async stop() {
      await service.stop();
      verifier.close();
      await scratch.drop();
    },
  };
}
