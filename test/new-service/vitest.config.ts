import { testConfig } from '../../vitest.base.ts';

export default testConfig(import.meta.dirname, { testTimeout: 400_000, hookTimeout: 240_000 });
