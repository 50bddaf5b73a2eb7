import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from './embedded.ts';
import { makeOpenFolder } from './open-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The superuser's URL of the test run's PostgreSQL. */
    postgresUrl: string;
  }
}

/** A vitest globalSetup: a throw-away PostgreSQL, `inject('postgresUrl')` in the tests. */
export default async function setUpPostgres(project: TestProject): Promise<() => Promise<void>> {
  const folder = await makeOpenFolder('latchkey-test-');
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    password: 'test',
    durable: false,
  });
  project.provide('postgresUrl', postgres.adminUrl);
  return async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
