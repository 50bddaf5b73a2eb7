import { testConfig } from '../../vitest.base.ts';

export default testConfig(import.meta.dirname, {
  globalSetup: ['@latchkey/postgres/vitest-global-setup'],
  // Nothing here keeps state in a module; one worker serves many files.
  isolate: false,
});
