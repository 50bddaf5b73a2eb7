import { testConfig } from '../../vitest.base.ts';

export default testConfig(import.meta.dirname, {
  testTimeout: 900_000,
  hookTimeout: 400_000,
  // Each starts a stack in a clone.
  fileParallelism: false,
});
