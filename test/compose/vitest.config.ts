import { testConfig } from '../../vitest.base.ts';

export default testConfig(import.meta.dirname, {
  testTimeout: 300_000,
  hookTimeout: 600_000,
  // One stack at a time: each takes a machine's cores.
  fileParallelism: false,
  globalSetup: ['src/remove-stages.ts'],
});
