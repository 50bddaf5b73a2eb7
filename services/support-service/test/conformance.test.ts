import { join } from 'node:path';
import { failuresOf } from '@latchkey/conformance';
import { scratchDatabase } from '@latchkey/database/scratch';
import type {} from '@latchkey/postgres/vitest-global-setup';
import { conformanceOf } from '@latchkey/service-kit/testing/conformance';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

const home = join(import.meta.dirname, '..');
const migrations = join(home, '../../prisma/support/migrations');
let scratch: Awaited<ReturnType<typeof scratchDatabase>>;
beforeAll(async () => {
  scratch = await scratchDatabase({ serverUrl: inject('postgresUrl'), migrations });
});
afterAll(() => scratch.drop());

test.each(['standard', 'minimal'] as const)(
  'conforms in the %s profile',
  async (profile) => {
    const report = await conformanceOf(home, profile, {
      DATABASE_URL: scratch.url,
      TODO_SERVICE_URL: 'http://127.0.0.1:1',
    });
    expect(failuresOf(report)).toEqual([]);
    const passed = report.results.filter(({ outcome }) => outcome === 'passed');
    expect(passed.length).toBeGreaterThan(profile === 'standard' ? 110 : 80);
  },
  600_000,
);
