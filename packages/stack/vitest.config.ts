import { testConfig } from '../../vitest.base.ts';

export default testConfig(import.meta.dirname, { testTimeout: 120_000, fileParallelism: false });
