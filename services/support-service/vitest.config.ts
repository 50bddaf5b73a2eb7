import { testConfig } from '../../vitest.base.ts';

export default testConfig(import.meta.dirname, {
  globalSetup: ['@latchkey/postgres/vitest-global-setup'],
  // Each file has a service and a database of its own; a shared worker loads Prisma once, not ten times.
  isolate: false,
});
