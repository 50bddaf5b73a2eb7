import fc from 'fast-check';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { type Algorithm, createVerifier, TokenError, type Verifier } from '../src/index.ts';
import { junk, mutatedTokens, sample, timeLike } from './mutated-tokens.ts';
import {
  AUDIENCE,
  claimsOf,
  headerOf,
  ISSUER,
  mint,
  now,
  type SigningKey,
  signingKey,
} from './tokens.ts';

// The long run of CI sets REFEREE_TOKENS=200000; by default a sample that fits a test run.
const TOKENS = Number(process.env.REFEREE_TOKENS ?? 4000);

const ALGORITHMS: readonly Algorithm[] = [
  ...(['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'Ed25519'] as const),
];

/** Where this package refuses what jose accepts, and why. Nothing may be the other way round. */
const STRICTER: Record<string, string> = {
  token_malformed:
    'one spelling per token, UTF-8 without BOM, no __proto__, bounded depth, typed header',
  claim_invalid: 'client_id, jti, aud and the rest have the types of RFC 9068',
  claim_missing: 'an empty sub, or one of null, is as good as none',
  critical_extension: 'any crit is refused, an empty array or null included',
  token_too_large: 'a token is bounded before it is parsed',
};

const claimChange = fc.oneof(
  fc.tuple(sample(['exp', 'nbf', 'iat']), timeLike),
  fc.tuple(
    sample(['aud']),
    fc.oneof(sample<unknown>([AUDIENCE, [AUDIENCE], ['x', AUDIENCE]]), junk),
  ),
  fc.tuple(sample(['iss']), fc.oneof(sample<unknown>([`${ISSUER}/`, [ISSUER]]), junk)),
  fc.tuple(sample(['sub', 'jti', 'client_id', 'scope', 'roles', 'x', '__proto__']), junk),
);
const headerChange = fc.oneof(
  fc.tuple(sample(['alg']), fc.oneof(sample<unknown>([...ALGORITHMS, 'none', 'EdDSA']), junk)),
  fc.tuple(
    sample(['typ']),
    fc.oneof(sample<unknown>(['AT+JWT', 'application/at+jwt', 'JWT', 'at+jwt ']), junk),
  ),
  fc.tuple(sample(['crit', 'b64', 'kid', 'zip', 'cty', 'jwk', 'x']), junk),
);
interface Referee {
  readonly key: SigningKey;
  readonly verifier: Verifier;
  readonly judge: (token: string) => Promise<boolean>;
}

/** Both sides with `iss`, `aud` and `typ` required, or checked only where a token has them. */
const refereeFor = (algorithm: Algorithm, presence: 'required' | 'if present'): Referee => {
  const key = signingKey(algorithm);
  const symmetric = typeof key.privateKey === 'string';
  const optional = <Value>(value: Value) =>
    presence === 'required' ? value : ({ ifPresent: value } as const);
  const verifier = createVerifier({
    issuer: optional(ISSUER),
    audience: optional(AUDIENCE),
    typ: optional('at+jwt'),
    algorithms: [algorithm],
    keys: symmetric ? { secret: key.privateKey as string } : { jwks: { keys: [key.jwk] } },
    now,
  });
  const secret = new TextEncoder().encode(String(key.privateKey));
  const keySet = createLocalJWKSet({ keys: [key.jwk as never] });
  const optionsFor = (token: string) => {
    const has = (segment: number, name: string) =>
      presence === 'required' || isThere(token.split('.')[segment], name);
    return {
      ...(has(1, 'iss') ? { issuer: ISSUER } : {}),
      ...(has(1, 'aud') ? { audience: AUDIENCE } : {}),
      ...(has(0, 'typ') ? { typ: 'at+jwt' } : {}),
      algorithms: [algorithm],
      requiredClaims: ['sub', 'exp'],
      currentDate: new Date(now()),
    };
  };
  const judge = async (token: string) => {
    const options = optionsFor(token);
    try {
      await (symmetric ? jwtVerify(token, secret, options) : jwtVerify(token, keySet, options));
      return true;
    } catch {
      return false;
    }
  };
  return { key, verifier, judge };
};

const isThere = (segment: string | undefined, name: string): boolean => {
  try {
    return Object.hasOwn(JSON.parse(Buffer.from(segment ?? '', 'base64url').toString()), name);
  } catch {
    return false;
  }
};

const outcomeOf = (verifier: Verifier, token: string): string => {
  try {
    verifier.verifySync(token);
    return 'accepted';
  } catch (error) {
    if (error instanceof TokenError) return error.code;
    throw error;
  }
};

/** Changed and spoilt tokens; `dropped` names members that are left out of them. */
const tokensOf = (key: SigningKey, dropped: fc.Arbitrary<readonly string[]>) =>
  mutatedTokens(key, {
    claimsOf,
    headerOf: (overrides) => headerOf(key, overrides),
    claimChange,
    headerChange,
    dropped,
  });

/** Nothing is accepted here that jose refuses, and nothing refused but for a listed reason. */
const compare = async (
  { verifier, judge }: Referee,
  token: fc.Arbitrary<string>,
  numRuns: number,
): Promise<void> => {
  const counts = { accepted: 0, refused: 0, stricter: 0 };
  const seed = Number(process.env.REFEREE_SEED ?? 20_261_123);
  await fc.assert(
    fc.asyncProperty(token, async (text) => {
      const accepted = await judge(text);
      const outcome = outcomeOf(verifier, text);
      // The second time, when it may come out of the cache, must be no different.
      expect(outcomeOf(verifier, text)).toBe(outcome);
      if (outcome === 'accepted') {
        counts.accepted++;
        expect(accepted, 'accepted here, refused by jose').toBe(true);
      } else if (accepted) {
        counts.stricter++;
        expect(Object.keys(STRICTER), 'stricter for a reason not on the list').toContain(outcome);
      } else counts.refused++;
    }),
    { numRuns, seed },
  );
  // Guards against a generator that makes nothing but noise.
  expect(counts.accepted / numRuns).toBeGreaterThan(0.05);
  expect(counts.refused / numRuns).toBeGreaterThan(0.2);
};

describe('against jose, with the same options', () => {
  const runs = Math.ceil(TOKENS / ALGORITHMS.length);

  test.each(ALGORITHMS)('%s', { timeout: 3_600_000 }, async (algorithm) => {
    const referee = refereeFor(algorithm, 'required');
    await compare(referee, tokensOf(referee.key, fc.constant([])), runs);
  });

  test.each(['HS256', 'RS256', 'ES256'] as const)(
    '%s, with iss, aud and typ checked if present',
    { timeout: 3_600_000 },
    async (algorithm) => {
      const referee = refereeFor(algorithm, 'if present');
      const dropped = fc.subarray(['iss', 'aud', 'typ']);
      await compare(referee, tokensOf(referee.key, dropped), runs);
    },
  );

  test('both accept the token that the others are made from', async () => {
    for (const algorithm of ALGORITHMS) {
      const { key, verifier, judge } = refereeFor(algorithm, 'required');
      expect(outcomeOf(verifier, mint(key))).toBe('accepted');
      expect(await judge(mint(key))).toBe(true);
    }
  });

  test('both accept a token that has none of what is checked if present', async () => {
    const { key, verifier, judge } = refereeFor('ES256', 'if present');
    const token = mint(
      key,
      claimsOf({ iss: undefined, aud: undefined }),
      headerOf(key, { typ: undefined }),
    );
    expect([outcomeOf(verifier, token), await judge(token)]).toEqual(['accepted', true]);
  });
});
