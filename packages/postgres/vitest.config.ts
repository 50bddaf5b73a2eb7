import { testConfig } from '../../vitest.base.ts';

export default testConfig(import.meta.dirname, { globalSetup: './src/vitest-global-setup.ts' });
