import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createVerifier, type Verifier } from '../src/index.ts';
import { startTestIssuer, type TestIssuer } from '../src/testing.ts';
import { closing, GUARDS } from './each-guard.ts';

const needs = { freshRevocation: true } as const;

let issuer: TestIssuer;

const verifierWith = (revocation: boolean): Verifier => {
  const verifier = createVerifier({ ...issuer.verifierOptions(), revocation });
  closing.push(() => verifier.close());
  return verifier;
};

const answerOf = async (response: Response) => ({
  status: response.status,
  code: response.status === 200 ? undefined : ((await response.json()) as { code: string }).code,
  retryAfter: response.headers.get('retry-after'),
  challenged: response.headers.has('www-authenticate'),
});
const OK = { status: 200, code: undefined, retryAfter: null, challenged: false };
const UNKNOWN = {
  status: 503,
  code: 'revocation_unavailable',
  retryAfter: '2',
  challenged: false,
};

beforeAll(async () => {
  issuer = await startTestIssuer();
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  await issuer.close();
});

describe.each(Object.entries(GUARDS))(
  'a route of %s that needs fresh revocation',
  (_name, open) => {
    test('lets a token pass while the verifier is current, and only then', async () => {
      const verifier = verifierWith(true);
      const ask = await open(verifier, needs);
      await verifier.ready();
      const token = issuer.mint();
      expect(await answerOf(await ask(token))).toEqual(OK);
      issuer.statusLists.behave('silent');
      await vi.waitFor(() => expect(verifier.status().revocation).not.toBe('current'), 7000);
      expect(await answerOf(await ask(token))).toEqual(UNKNOWN);
      expect((await verifier.verify(token)).subject).toBe('test-user');
      issuer.statusLists.behave('well');
      await vi.waitFor(() => expect(verifier.status().revocation).toBe('current'), 7000);
      expect(await answerOf(await ask(token))).toEqual(OK);
    });

    test('refuses a token that is in no list', async () => {
      const ask = await open(verifierWith(true), needs);
      const token = issuer.mint({ claims: { status: undefined } });
      expect(await answerOf(await ask(token))).toMatchObject({
        status: 401,
        code: 'claim_missing',
        challenged: true,
      });
    });

    test('refuses a revoked token as any route does', async () => {
      const verifier = verifierWith(true);
      const ask = await open(verifier, needs);
      await verifier.ready();
      const token = issuer.mint();
      issuer.revoke(token);
      await vi.waitFor(async () =>
        expect(await answerOf(await ask(token))).toMatchObject({
          status: 401,
          code: 'token_revoked',
        }),
      );
    });

    test('is 503 where revocation is off', async () => {
      const ask = await open(verifierWith(false), needs);
      expect(await answerOf(await ask(issuer.mint()))).toEqual(UNKNOWN);
    });
  },
);
