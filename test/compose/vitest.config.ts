import { testConfig } from '../../vitest.base.ts';

export default testConfig(import.meta.dirname, { testTimeout: 300_000, hookTimeout: 600_000 });
