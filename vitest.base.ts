import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';

/** What every package's tests share: no watch, a JSON report that .ci/run adds up. */
export const testConfig = (packageDir: string, test: Record<string, unknown> = {}) =>
  defineConfig({
    test: {
      include: ['test/**/*.test.ts'],
      testTimeout: 20_000,
      hookTimeout: 60_000,
      reporters: ['default', 'json'],
      outputFile: { json: `${import.meta.dirname}/.test-results/${basename(packageDir)}.json` },
      ...test,
    },
  });
