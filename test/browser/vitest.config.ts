import { testConfig } from '../../vitest.base.ts';

// One stack at a time: two cores do not carry two.
export default testConfig(import.meta.dirname, { fileParallelism: false, hookTimeout: 120_000 });
