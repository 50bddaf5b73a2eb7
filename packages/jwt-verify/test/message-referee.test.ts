import fc from 'fast-check';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { fixedKeys, secretSource } from '../src/fixed-keys.ts';
import type { Algorithm } from '../src/index.ts';
import { importKeySet } from '../src/key-set.ts';
import { CHANGE_EVENT, SESSION_REVOKED } from '../src/revocation/change-event.ts';
import { LIST_TOKEN } from '../src/revocation/list-token.ts';
import { type MessageKind, verifyMessage } from '../src/revocation/signed-message.ts';
import { secretKey } from '../src/secret-key.ts';
import { TokenError } from '../src/token-error.ts';
import { listClaims, uriOf } from './list-server.ts';
import { junk, mutatedTokens, sample, timeLike } from './mutated-tokens.ts';
import { ISSUER, mint, NOW_SECONDS, now, type SigningKey, signingKey } from './tokens.ts';

// As in referee.test.ts: CI sets REFEREE_TOKENS for the long run.
const MESSAGES = Math.min(10_000, Math.ceil(Number(process.env.REFEREE_TOKENS ?? 4000) / 4));

const ALGORITHMS = ['HS256', 'RS256', 'PS256', 'ES256', 'Ed25519'] as const;

const eventClaims = (overrides: Record<string, unknown> = {}) => ({
  iss: ISSUER,
  iat: NOW_SECONDS,
  jti: 'e-1',
  sub_id: { format: 'uri', uri: uriOf(1) },
  events: { [SESSION_REVOKED]: { status_lists: [{ uri: uriOf(1), after: 1, seq: 2, idx: [0] }] } },
  ...overrides,
});

const KINDS: readonly [MessageKind, (overrides?: Record<string, unknown>) => object][] = [
  [LIST_TOKEN, listClaims],
  [CHANGE_EVENT, eventClaims],
];

/** Where this package refuses what jose accepts, and why. Nothing may be the other way round. */
const STRICTER: Record<string, string> = {
  token_malformed: 'one spelling per message, UTF-8 without BOM, no __proto__, typed header',
  claim_invalid: 'jti, sub and the rest have the types of RFC 7519',
  claim_missing: 'an empty claim, or one of null, is as good as none',
  critical_extension: 'any crit is refused, an empty array or null included',
};

const CLAIMS = ['sub', 'jti', 'iss', 'aud', 'ttl', 'seq', 'status_list', 'events', '__proto__'];
const claimChange = fc.oneof(
  fc.tuple(sample(['exp', 'nbf', 'iat']), timeLike),
  fc.tuple(sample(CLAIMS), junk),
);
const headerChange = fc.oneof(
  fc.tuple(sample(['alg']), fc.oneof(sample<unknown>([...ALGORITHMS, 'none', 'EdDSA']), junk)),
  fc.tuple(
    sample(['typ']),
    fc.oneof(
      sample<unknown>([
        'at+jwt',
        'application/secevent+jwt',
        'SECEVENT+JWT',
        'application/statuslist+jwt',
        'statuslist+jwt ',
      ]),
      junk,
    ),
  ),
  fc.tuple(sample(['crit', 'b64', 'kid', 'zip', 'cty', 'jwk', 'x']), junk),
);

const keysOf = (key: SigningKey) =>
  typeof key.privateKey === 'string'
    ? secretSource(secretKey(key.privateKey, key.algorithm))
    : fixedKeys(ISSUER, importKeySet({ keys: [key.jwk] }, [key.algorithm]).keys);

const sides = (algorithm: Algorithm, kind: MessageKind) => {
  const key = signingKey(algorithm);
  const algorithms = [algorithm];
  const issuer = { issuer: ISSUER, algorithms, keys: keysOf(key), clockToleranceMs: 0, now };
  const outcomeOf = (text: string): string => {
    try {
      verifyMessage(text, kind, issuer);
      return 'accepted';
    } catch (error) {
      if (error instanceof TokenError) return error.code;
      throw error;
    }
  };
  const secret = new TextEncoder().encode(String(key.privateKey));
  const keySet = createLocalJWKSet({ keys: [key.jwk as never] });
  const options = {
    issuer: ISSUER,
    typ: kind.typ,
    algorithms,
    requiredClaims: [...kind.requiredClaims],
    currentDate: new Date(now()),
  };
  const judge = (text: string): Promise<boolean> =>
    (typeof key.privateKey === 'string'
      ? jwtVerify(text, secret, options)
      : jwtVerify(text, keySet, options)
    ).then(
      () => true,
      () => false,
    );
  return { key, outcomeOf, judge };
};

describe.each(KINDS)('$typ against jose, with the same options', (kind, claimsOf) => {
  test.each(ALGORITHMS)('%s', { timeout: 3_600_000 }, async (algorithm) => {
    const { key, outcomeOf, judge } = sides(algorithm, kind);
    const headerOf = (overrides: Record<string, unknown>) => ({
      alg: algorithm,
      typ: kind.typ,
      kid: key.kid,
      ...overrides,
    });
    const control = mint(key, claimsOf(), headerOf({}));
    expect([outcomeOf(control), await judge(control)]).toEqual(['accepted', true]);
    const counts = { accepted: 0, refused: 0 };
    const messages = mutatedTokens(key, {
      claimsOf: (overrides) => claimsOf(overrides) as Record<string, unknown>,
      headerOf,
      claimChange,
      headerChange,
      dropped: fc.constant([]),
    });
    const numRuns = Math.ceil(MESSAGES / ALGORITHMS.length);
    await fc.assert(
      fc.asyncProperty(messages, async (text) => {
        const [accepted, outcome] = [await judge(text), outcomeOf(text)];
        if (outcome === 'accepted') {
          counts.accepted++;
          expect(accepted, 'accepted here, refused by jose').toBe(true);
        } else if (accepted) {
          expect(Object.keys(STRICTER), 'stricter for a reason not on the list').toContain(outcome);
        } else counts.refused++;
      }),
      { numRuns, seed: Number(process.env.REFEREE_SEED ?? 20_261_125) },
    );
    expect(counts.accepted / numRuns).toBeGreaterThan(0.05);
    expect(counts.refused / numRuns).toBeGreaterThan(0.2);
  });
});
