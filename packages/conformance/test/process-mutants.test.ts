import { join } from 'node:path';
import getPort from 'get-port';
import { describe, expect, test } from 'vitest';
import { ALL_CHECKS, isNamed } from '../src/checks/all-checks.ts';
import { failuresOf, runConformance } from '../src/index.ts';
import { PROCESS_MUTANTS } from './reference/process-mutants.ts';

const reference = join(import.meta.dirname, 'reference');
const port = await getPort({ host: '127.0.0.1' });
const run = (mutant: string, only: readonly string[]) =>
  runConformance({
    url: `http://127.0.0.1:${port}`,
    serviceFile: join(reference, 'service.json'),
    command: [process.execPath, join(reference, 'main.ts')],
    env: { MUTANT: mutant },
    only,
  });

test('the reference service fails nothing, started by the kit', async () => {
  const report = await run('', ['keys', 'issuer', 'lifecycle']);
  expect(failuresOf(report)).toEqual([]);
  expect(report.results.map(({ outcome }) => outcome)).not.toContain('skipped');
}, 120_000);

describe('a service that', () => {
  test.each(Object.entries(PROCESS_MUTANTS))(
    '%s is found',
    async (name, { only, found }) => {
      const { results } = await run(name, only);
      const failed = results.filter(({ outcome }) => outcome === 'failed');
      expect(failed.map(({ id }) => id)).toEqual(found);
    },
    120_000,
  );
});

test('every check of keys, issuer, life cycle and restarts has a mutant that it finds', () => {
  const found = Object.values(PROCESS_MUTANTS).flatMap((mutant) => mutant.found);
  const slow = ALL_CHECKS.map(({ id }) => id).filter((id) =>
    ['keys', 'issuer', 'lifecycle', 'revocation.after-restart'].some((subject) =>
      isNamed(id, subject),
    ),
  );
  expect([...new Set(found)].toSorted()).toEqual(slow.toSorted());
});
