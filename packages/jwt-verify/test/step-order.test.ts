import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { authenticateWith } from '../src/authenticate.ts';
import { bearerTokenOf, type HttpRequest } from '../src/bearer.ts';
import { ERROR_TABLE } from '../src/error-table.ts';
import { explain } from '../src/explain.ts';
import { createVerifier, TokenError } from '../src/index.ts';
import {
  type StepCode,
  type StepName,
  stepOf,
  VERIFICATION_STEPS,
} from '../src/verification-steps.ts';
import { listToken, startListServer, statusOf, uriOf } from './list-server.ts';
import {
  AUDIENCE,
  headerOf,
  ISSUER,
  mint,
  NOW_SECONDS,
  now,
  claimsOf as plainClaimsOf,
  signingKey,
} from './tokens.ts';

interface Fault {
  readonly step: StepName;
  readonly code: StepCode;
  /** What it changes; two faults in the same place cannot be combined. */
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly token?: (token: string) => string;
  readonly request?: (token: string) => HttpRequest;
  readonly keysAway?: true;
}

const spoilSignature = (token: string) => {
  const at = token.lastIndexOf('.') + 10;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
};
const carrying = (...lines: string[]): HttpRequest => ({
  rawHeaders: lines.flatMap((line) => ['Authorization', line]),
});

const FAULTS: readonly Fault[] = [
  { step: 'credentials', code: 'token_missing', request: () => carrying() },
  {
    step: 'credentials',
    code: 'credentials_repeated',
    request: (token) => carrying(`Bearer ${token}`, `Bearer ${token}`),
  },
  {
    step: 'credentials',
    code: 'credentials_malformed',
    request: (token) => carrying(`Bearer ${token} ${token}`),
  },
  { step: 'form', code: 'token_too_large', claims: { pad: 'x'.repeat(8192) } },
  { step: 'form', code: 'token_malformed', token: (token) => `${token}.x` },
  { step: 'issuer', code: 'issuer_mismatch', claims: { iss: 'https://other.example.com' } },
  { step: 'issuer', code: 'claim_missing', claims: { iss: undefined } },
  { step: 'extensions', code: 'critical_extension', header: { crit: ['b64'] } },
  { step: 'algorithm', code: 'algorithm_not_allowed', header: { alg: 'HS256' } },
  { step: 'type', code: 'type_not_allowed', header: { typ: 'JWT' } },
  { step: 'type', code: 'token_malformed', header: { typ: 5 } },
  { step: 'type', code: 'token_malformed', header: { kid: 5 } },
  { step: 'claims', code: 'claim_missing', claims: { sub: undefined } },
  { step: 'claims', code: 'claim_invalid', claims: { jti: 5 } },
  { step: 'claims', code: 'claim_invalid', claims: { iat: 'now' } },
  { step: 'audience', code: 'claim_missing', claims: { aud: undefined } },
  { step: 'audience', code: 'claim_invalid', claims: { aud: [5] } },
  { step: 'audience', code: 'audience_mismatch', claims: { aud: 'other' } },
  { step: 'time', code: 'claim_missing', claims: { exp: undefined } },
  { step: 'time', code: 'token_expired', claims: { exp: NOW_SECONDS - 1 } },
  { step: 'time', code: 'token_not_yet_valid', claims: { nbf: NOW_SECONDS + 1 } },
  { step: 'key', code: 'key_unknown', header: { kid: 'other' } },
  { step: 'key', code: 'keys_unavailable', keysAway: true },
  { step: 'signature', code: 'signature_invalid', token: spoilSignature },
  { step: 'schema', code: 'claims_rejected', claims: { org: 5 } },
  { step: 'revocation', code: 'claim_invalid', claims: statusOf(-1) },
  { step: 'revocation', code: 'token_revoked', claims: { revoked: true } },
  { step: 'revocation', code: 'revocation_unavailable', claims: { revoked: 'unknown' } },
  { step: 'permissions', code: 'claim_missing', claims: { status: undefined } },
  { step: 'permissions', code: 'revocation_unavailable', claims: statusOf(0, uriOf(2)) },
  { step: 'permissions', code: 'role_insufficient', claims: { roles: ['other'] } },
  { step: 'permissions', code: 'scope_insufficient', claims: { scope: 'other' } },
  { step: 'permissions', code: 'authentication_insufficient', claims: { acr: 'aal1' } },
  { step: 'permissions', code: 'claims_insufficient', claims: { blocked: true } },
];

const key = signingKey('ES256');
const rules = {
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ['ES256'],
  claims: z.object({ org: z.string().optional() }),
  isRevoked: ({ claims }: { claims: object }) => (claims as { revoked?: boolean }).revoked ?? false,
  now,
} as const;
const server = await startListServer({ 1: listToken(key) }, { 1: 1 });
const verifier = createVerifier({
  ...rules,
  keys: { jwks: { keys: [key.jwk] } },
  revocation: { url: server.url },
});
await verifier.ready();
afterAll(() => {
  verifier.close();
  server.close();
});
const claimsOf = (overrides: Record<string, unknown> = {}) =>
  plainClaimsOf({ ...statusOf(0), acr: 'aal2', ...overrides });
// So that the shortcut for a header seen before is under test as well.
verifier.verifySync(mint(key, claimsOf()));
const verifierWithoutKeys = createVerifier({
  ...rules,
  fetch: () => Promise.reject(new Error('the issuer is down')),
});

const failureOf = async (faults: readonly Fault[]): Promise<TokenError> => {
  const header = headerOf(key, Object.assign({}, ...faults.map((fault) => fault.header)));
  const claims = claimsOf(Object.assign({}, ...faults.map((fault) => fault.claims)));
  const spoil = faults.reduce(
    (before, { token = String }) =>
      (text: string) =>
        token(before(text)),
    String as (text: string) => string,
  );
  const token = spoil(mint(key, claims, header));
  const request =
    faults.find((fault) => fault.request)?.request ?? ((text) => carrying(`Bearer ${text}`));
  const authenticate = authenticateWith(
    faults.some(({ keysAway }) => keysAway) ? verifierWithoutKeys : verifier,
    {
      scope: 'todo:read',
      role: 'user',
      freshRevocation: true,
      acr: 'aal2',
      claims: (verified) => !('blocked' in verified.claims),
    },
    bearerTokenOf,
  );
  return authenticate(request(token)).then(
    () => expect.fail('the token was accepted'),
    (error) => {
      if (TokenError.is(error)) return error as TokenError;
      throw error;
    },
  );
};

const placesOf = ({ header, claims, request, keysAway }: Fault): string[] => [
  ...Object.keys(header ?? {}).map((name) => `header ${name}`),
  ...Object.keys(claims ?? {}).map((name) => `claim ${name}`),
  ...(request ? ['request'] : []),
  ...(keysAway ? ['keys'] : []),
];
const canGoTogether = (a: Fault, b: Fault): boolean =>
  a.step !== b.step && !placesOf(a).some((place) => placesOf(b).includes(place));
const nameOf = ({ step, code }: Fault) => `${step}: ${code}`;
const ORDER = VERIFICATION_STEPS.map(({ name }) => name);

describe('the steps are taken in the order of the table', () => {
  test('each failure of each step is tried here', () => {
    const tried = new Set(FAULTS.map(nameOf));
    const listed = VERIFICATION_STEPS.flatMap(({ name, codes }) =>
      codes.map((code) => `${name}: ${code}`),
    );
    expect([...tried].sort()).toEqual(listed.sort());
    expect(Object.keys(ERROR_TABLE).sort()).toEqual(
      [...new Set(VERIFICATION_STEPS.flatMap(({ codes }) => [...codes]))].sort(),
    );
  });

  test.each(FAULTS.map((fault) => [nameOf(fault), fault] as const))('%s', async (_name, fault) => {
    const { code, step } = await failureOf([fault]);
    expect([code, stepOf(code, step).name]).toEqual([fault.code, fault.step]);
  });

  test.each(FAULTS.map((fault) => [nameOf(fault), fault] as const))(
    'of two faults the earlier step decides: %s, with any other',
    async (_name, fault) => {
      const others = FAULTS.filter((other) => canGoTogether(fault, other));
      expect(others.length).toBeGreaterThan(20);
      for (const other of others) {
        const [earlier] = [fault, other].sort(
          (a, b) => ORDER.indexOf(a.step) - ORDER.indexOf(b.step),
        ) as [Fault];
        const { code, step } = await failureOf([fault, other]);
        expect([nameOf(other), code, stepOf(code, step).name]).toEqual([
          nameOf(other),
          earlier.code,
          earlier.step,
        ]);
      }
    },
  );
});

describe('an explanation', () => {
  test.each(
    FAULTS.filter(
      ({ step, token, header, claims }) => (header ?? claims ?? token) && step !== 'permissions',
    ),
  )(
    'stops at $step for $code',
    async ({ step, code, header = {}, claims = {}, token = String }) => {
      const text = token(mint(key, claimsOf(claims), headerOf(key, header)));
      const { steps, error } = await explain(verifier as never, text);
      const failed = steps.findIndex(({ outcome }) => outcome === 'failed');
      expect([error?.code, steps[failed]?.name]).toEqual([code, step]);
      expect(steps.slice(0, failed).every(({ outcome }) => outcome === 'passed')).toBe(true);
      expect(steps.slice(failed + 1).every(({ outcome }) => outcome === 'not reached')).toBe(true);
    },
  );

  test('has all steps of the verifier that are always taken, for a good token', async () => {
    const { steps, error } = await explain(verifier as never, mint(key));
    expect(error).toBeUndefined();
    expect(steps.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(
      VERIFICATION_STEPS.filter(({ by, optional }) => by === 'verifier' && !optional).map(
        ({ name }) => `${name} passed`,
      ),
    );
  });
});
