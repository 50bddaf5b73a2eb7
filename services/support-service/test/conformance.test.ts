import { join } from 'node:path';
import { failuresOf, runConformance } from '@latchkey/conformance';
import { scratchDatabase } from '@latchkey/database/scratch';
import type {} from '@latchkey/postgres/vitest-global-setup';
import getPort from 'get-port';
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
    const report = await runConformance({
      url: `http://127.0.0.1:${await getPort({ host: '127.0.0.1' })}`,
      serviceFile: join(home, 'service.json'),
      command: [process.execPath, join(home, 'src/main.ts')],
      env: {
        DATABASE_URL: scratch.url,
        LOG_LEVEL: 'silent',
        TODO_SERVICE_URL: 'http://127.0.0.1:1',
      },
      profile,
    });
    expect(failuresOf(report)).toEqual([]);
    const passed = report.results.filter(({ outcome }) => outcome === 'passed');
    expect(passed.length).toBeGreaterThan(profile === 'standard' ? 110 : 80);
  },
  300_000,
);
