import { join } from 'node:path';
import getPort from 'get-port';
import { describe, expect, test } from 'vitest';
import { ALL_CHECKS, isNamed } from '../src/checks/all-checks.ts';
import { runConformance } from '../src/index.ts';
import { MCP_MUTANTS } from './reference/mcp-mutants.ts';
import { McpReferenceService } from './reference/mcp-service.ts';
import type { Mutation } from './reference/service.ts';

const PORT = await getPort({ host: '127.0.0.1' });
const serviceFile = join(import.meta.dirname, 'reference/service.json');
const run = async (only: readonly string[], mutation: Mutation = {}) => {
  let service: McpReferenceService | undefined;
  const report = await runConformance({
    url: `http://127.0.0.1:${PORT}`,
    serviceFile,
    profile: 'mcp',
    only,
    onReady: async ({ ISSUER: issuer = '', JWKS_URI: jwksUri = '' }) => {
      service = new McpReferenceService({ issuer, jwksUri, port: PORT, mutation });
      await service.listen();
    },
  });
  await service?.kill();
  return report.results;
};

const idsOf = (results: Awaited<ReturnType<typeof run>>, outcome: string) =>
  results.filter((one) => one.outcome === outcome).map(({ id }) => id);

test('an MCP server by the book fails nothing, the table of hostile tokens included', async () => {
  const subjects = ['manifest', 'credentials', 'token', 'access', 'mcp'];
  const results = await run(subjects);
  expect(idsOf(results, 'failed')).toEqual([]);
  expect(idsOf(results, 'skipped')).toEqual(['manifest.scopes']);
  expect(idsOf(results, 'passed').length).toBeGreaterThan(85);
});

describe('an MCP server that', () => {
  test.each(MCP_MUTANTS)('$what is found', async ({ found, mutation }) => {
    expect(idsOf(await run(['mcp'], mutation), 'failed')).toEqual(found);
  });
});

test('every check of MCP servers has a mutant that it finds', () => {
  const found = MCP_MUTANTS.flatMap((mutant) => mutant.found);
  const all = ALL_CHECKS.map(({ id }) => id).filter((id) => isNamed(id, 'mcp'));
  expect([...new Set(found)].toSorted()).toEqual(all.toSorted());
});
