import { testConfig } from '../../vitest.base.ts';

export default testConfig(import.meta.dirname, {
  globalSetup: ['@latchkey/postgres/vitest-global-setup'],
  // Each file has its own service and database; a shared worker loads Prisma once, not ten times.
  isolate: false,
});
