import { join } from 'node:path';
import getPort from 'get-port';
import { describe, expect, test } from 'vitest';
import { ALL_CHECKS, isNamed } from '../src/checks/all-checks.ts';
import { runConformance } from '../src/index.ts';
import { McpReferenceService } from './reference/mcp-service.ts';
import { REVOCATION_MUTANTS } from './reference/revocation-mutants.ts';
import { type Mutation, ReferenceService } from './reference/service.ts';

const serviceFile = join(import.meta.dirname, 'reference/service.json');
const run = async (
  only: readonly string[],
  mutation: Mutation = {},
  profile: 'standard' | 'mcp' = 'standard',
) => {
  const port = await getPort({ host: '127.0.0.1' });
  const Service = profile === 'mcp' ? McpReferenceService : ReferenceService;
  let service: ReferenceService | undefined;
  const { results } = await runConformance({
    url: `http://127.0.0.1:${port}`,
    serviceFile,
    profile,
    only,
    onReady: async ({ ISSUER: issuer = '', JWKS_URI: jwksUri = '' }) => {
      service = new Service({ issuer, jwksUri, port, mutation });
      await service.listen();
    },
  });
  await service?.kill();
  return results;
};

const idsOf = (results: Awaited<ReturnType<typeof run>>, outcome: string) =>
  results.filter((one) => one.outcome === outcome).map(({ id }) => id);

// At once: they mostly wait for lists to be fetched anew.
describe.concurrent('a service that', () => {
  test.each(['standard', 'mcp'] as const)(
    'follows the lists fails nothing in the %s profile',
    async (profile) => {
      const results = await run(['revocation'], {}, profile);
      expect(idsOf(results, 'failed')).toEqual([]);
      expect(idsOf(results, 'skipped')).toEqual(['revocation.after-restart']);
    },
    120_000,
  );

  test.each(REVOCATION_MUTANTS)(
    '$what is found',
    async ({ only, found, mutation }) => {
      expect(idsOf(await run(only, mutation), 'failed')).toEqual(found);
    },
    120_000,
  );
});

test('every check of revocation has a mutant that it finds', () => {
  const found = REVOCATION_MUTANTS.flatMap((mutant) => mutant.found);
  const all = ALL_CHECKS.map(({ id }) => id).filter((id) => isNamed(id, 'revocation'));
  // It needs a process, and has its mutant there.
  const quick = all.filter((id) => id !== 'revocation.after-restart');
  expect([...new Set(found)].toSorted()).toEqual(quick.toSorted());
});
