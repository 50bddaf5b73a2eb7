import { join } from 'node:path';
import getPort from 'get-port';
import { describe, expect, test, vi } from 'vitest';
import { ALL_CHECKS, isNamed } from '../src/checks/all-checks.ts';
import { type PublicKeyAlgorithm, runConformance } from '../src/index.ts';
import { ACCESS_MUTANTS } from './reference/access-mutants.ts';
import { ANSWER_MUTANTS } from './reference/answer-mutants.ts';
import { CREDENTIAL_MUTANTS } from './reference/credential-mutants.ts';
import { type Mutation, ReferenceService } from './reference/service.ts';
import { TOKEN_MUTANTS, UNSIGNED, UNSIGNED_FINDS } from './reference/token-mutants.ts';

// A whole run of the kit, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const PORT = await getPort({ host: '127.0.0.1' });
const serviceFile = join(import.meta.dirname, 'reference/service.json');
/** What needs no process of its own. */
const QUICK = [
  ...[
    'manifest',
    'credentials',
    'token.good',
    'token.good-spelled-otherwise',
    'challenge',
    'scope',
    'access',
    'rows',
  ],
  ...['body', 'path', 'query', 'answer'],
];

/** The ids of the checks that a service with this fault fails. */
const findsIn = async (
  only: readonly string[],
  mutation?: Mutation,
  algorithm?: PublicKeyAlgorithm,
): Promise<string[]> => {
  let service: ReferenceService | undefined;
  const report = await runConformance({
    url: `http://127.0.0.1:${PORT}`,
    serviceFile,
    only,
    ...(algorithm && { algorithm }),
    onReady: async ({ ISSUER: issuer = '', JWKS_URI: jwksUri = '' }) => {
      service = new ReferenceService({
        issuer,
        jwksUri,
        port: PORT,
        ...(mutation && { mutation }),
      });
      await service.listen();
    },
  });
  await service?.kill();
  return report.results.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id);
};

test('the reference service fails nothing', async () => {
  expect(await findsIn(['token', ...QUICK])).toEqual([]);
});

test('nor does one that asks for a recent and strong sign-in', async () => {
  const needs = { maxAuthAgeSeconds: 300, acr: 'aal2' };
  expect(await findsIn(['token', ...QUICK], { needs })).toEqual([]);
});

test.each(['RS256', 'EdDSA'] as const)('nor with tokens of %s', async (algorithm) => {
  expect(await findsIn(['token'], { verifier: { algorithms: [algorithm] } }, algorithm)).toEqual(
    [],
  );
});

describe('a service that accepts the token of', () => {
  test.each(Object.entries(TOKEN_MUTANTS))(
    '%s is found by that check alone',
    async (id, mutation) => {
      expect(await findsIn(['token'], mutation)).toEqual([id]);
    },
  );

  test('anyone, the signature unchecked, is found by each check of signatures', async () => {
    expect(await findsIn(['token'], UNSIGNED)).toEqual(expect.arrayContaining(UNSIGNED_FINDS));
  });
});

describe('a service that', () => {
  test.each([...CREDENTIAL_MUTANTS, ...ACCESS_MUTANTS, ...ANSWER_MUTANTS])(
    '$what is found',
    async ({ found, mutation }) => {
      expect((await findsIn(QUICK, mutation)).toSorted()).toEqual([...found].toSorted());
    },
  );
});

test('every check that needs no process has a mutant that it finds', () => {
  const mutants = [...CREDENTIAL_MUTANTS, ...ACCESS_MUTANTS, ...ANSWER_MUTANTS];
  const found = [
    ...Object.keys(TOKEN_MUTANTS),
    ...UNSIGNED_FINDS,
    ...mutants.flatMap((mutant) => mutant.found),
  ];
  // Those of the manifest have a test of their own.
  const quick = ALL_CHECKS.map(({ id }) => id).filter((id) =>
    ['token', ...QUICK.slice(1)].some((subject) => isNamed(id, subject)),
  );
  expect([...new Set(found)].toSorted()).toEqual(quick.toSorted());
});
