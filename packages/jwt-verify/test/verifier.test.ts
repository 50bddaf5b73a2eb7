import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { assembleVerifier } from '../src/assemble-verifier.ts';
import { secretSource } from '../src/fixed-keys.ts';
import { createVerifier, decodeUnverified, TokenError } from '../src/index.ts';
import { secretKey } from '../src/secret-key.ts';
import {
  AUDIENCE,
  claimsOf,
  headerOf,
  ISSUER,
  mint,
  NOW_SECONDS,
  now,
  segmentsOf,
  signingKey,
} from './tokens.ts';

const key = signingKey('ES256');
const base = {
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ['ES256'],
  keys: { jwks: { keys: [key.jwk] } },
  now,
} as const;

describe('a verified token', () => {
  const token = mint(key, claimsOf({ nested: { list: [{ a: 1 }] } }));
  const verified = createVerifier(base).verifySync(token);

  test('says what the token says', () => {
    expect(verified).toMatchObject({
      issuer: ISSUER,
      subject: 'wangerge',
      scopes: ['todo:read', 'todo:write'],
      roles: ['user'],
      expiresAt: NOW_SECONDS + 1200,
    });
    expect(verified.token).toBe(token);
    expect([verified.hasScope('todo:read'), verified.hasRole('admin')]).toEqual([true, false]);
  });

  test('cannot be changed, all the way down', () => {
    const claims = verified.claims as unknown as {
      roles: string[];
      nested: { list: [{ a: number }] };
    };
    const [nested] = claims.nested.list;
    const change = [
      () => Object.assign(claims, { sub: 'admin' }),
      () => claims.roles.push('admin'),
      () => Object.assign(nested, { a: 2 }),
      () => (verified.scopes as string[]).push('admin'),
      () => Object.assign(verified.header, { alg: 'none' }),
      () => Object.assign(verified, { subject: 'admin' }),
    ];
    for (const attempt of change) expect(attempt).toThrow(TypeError);
  });

  test('keeps its text out of spreads, JSON and logs', () => {
    const signature = segmentsOf(token)[2];
    expect(JSON.stringify(verified)).not.toContain(signature);
    expect(JSON.stringify({ ...verified })).not.toContain(signature);
    expect(inspect(verified, { depth: 9, showHidden: true })).not.toContain(signature);
  });
});

describe('the cache', () => {
  const counting = (options: object = {}) => {
    let calls = 0;
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: (value: unknown) => {
          calls++;
          return { value };
        },
      },
    };
    const verifier = createVerifier({ ...base, ...options, claims: schema });
    return { verifier, calls: () => calls };
  };

  test('answers for the equal token, and for no other', () => {
    const { verifier, calls } = counting();
    const token = mint(key);
    verifier.verifySync(token);
    verifier.verifySync(Buffer.from(token).toString());
    expect(calls()).toBe(1);
    const [h, p, s] = segmentsOf(token);
    const sameTail = [
      `${h}.${segmentsOf(mint(key, claimsOf({ sub: 'admin' })))[1]}.${s}`,
      `${h}.${p}.${s[0] === 'A' ? 'B' : 'A'}${s.slice(1)}`,
      token.slice(-32),
      `${h}.${p}..${s.slice(-32)}`,
    ];
    for (const other of sameTail) expect(() => verifier.verifySync(other)).toThrow(TokenError);
    expect(verifier.verifySync(token).subject).toBe('wangerge');
    expect(calls()).toBe(1);
  });

  test('checks the time on each hit', () => {
    let at = NOW_SECONDS * 1000;
    const { verifier } = counting({ now: () => at });
    const token = mint(key, claimsOf({ nbf: NOW_SECONDS - 10 }));
    verifier.verifySync(token);
    at += 1_199_999;
    verifier.verifySync(token);
    at += 1;
    expect(() => verifier.verifySync(token)).toThrow(
      expect.objectContaining({ code: 'token_expired' }),
    );
    expect(verifier.status().cache).toEqual({ entries: 0, bytes: 0 });
    at = (NOW_SECONDS - 20) * 1000;
    expect(() => verifier.verifySync(token)).toThrow(
      expect.objectContaining({ code: 'token_not_yet_valid' }),
    );
  });

  test('asks the revocation hook on each hit, and takes only a plain false for a no', () => {
    let answer: unknown = false;
    const isRevoked = () => {
      if (answer instanceof Error) throw answer;
      return answer as boolean;
    };
    const { verifier } = counting({ isRevoked });
    const token = mint(key);
    verifier.verifySync(token);
    for (const [next, code, status] of [
      [true, 'token_revoked', 401],
      [new Error('the list is too old'), 'revocation_unavailable', 503],
      [Promise.resolve(false), 'revocation_unavailable', 503],
      [undefined, 'revocation_unavailable', 503],
    ] as const) {
      answer = next;
      expect(() => verifier.verifySync(token)).toThrow(expect.objectContaining({ code, status }));
    }
    answer = false;
    expect(verifier.verifySync(token).subject).toBe('wangerge');
  });

  test('is bounded by entries, the least recently used out', () => {
    const { verifier, calls } = counting({ cache: { maxEntries: 2 } });
    const [a, b, c] = ['a', 'b', 'c'].map((jti) => mint(key, claimsOf({ jti }))) as [
      string,
      string,
      string,
    ];
    for (const token of [a, b, a, c, a]) verifier.verifySync(token);
    expect([calls(), verifier.status().cache.entries]).toEqual([3, 2]);
    verifier.verifySync(b);
    expect(calls()).toBe(4);
  });

  test('is bounded by bytes', () => {
    const { verifier } = counting({ cache: { maxBytes: 10_000 } });
    for (let at = 0; at < 50; at++) verifier.verifySync(mint(key, claimsOf({ jti: `${at}` })));
    const { entries, bytes } = verifier.status().cache;
    expect(entries).toBeGreaterThan(1);
    expect(bytes).toBeLessThanOrEqual(10_000);
  });

  test('can be off', () => {
    const { verifier, calls } = counting({ cache: false });
    const token = mint(key);
    verifier.verifySync(token);
    verifier.verifySync(token);
    expect(calls()).toBe(2);
  });
});

describe('several issuers', () => {
  const other = signingKey('RS256');
  const verifier = createVerifier({
    issuers: [
      base,
      {
        issuer: 'https://two.example.com',
        audience: ['x', 'y'],
        algorithms: ['RS256'],
        keys: { jwks: { keys: [other.jwk] } },
        typ: null,
      },
    ],
    now,
  });

  test('each has its own keys, audiences and rules', () => {
    const two = claimsOf({ iss: 'https://two.example.com', aud: 'y' });
    expect(verifier.verifySync(mint(other, two, headerOf(other, { typ: 'JWT' }))).issuer).toBe(
      'https://two.example.com',
    );
    expect(verifier.verifySync(mint(key)).issuer).toBe(ISSUER);
    expect(() => verifier.verifySync(mint(key, two))).toThrow(
      expect.objectContaining({ code: 'algorithm_not_allowed' }),
    );
    expect(() => verifier.verifySync(mint(other))).toThrow(
      expect.objectContaining({ code: 'algorithm_not_allowed' }),
    );
    expect(() =>
      verifier.verifySync(mint(other, claimsOf({ iss: 'https://two.example.com' }))),
    ).toThrow(expect.objectContaining({ code: 'audience_mismatch' }));
  });
});

describe('a schema', () => {
  const claims = z.object({ org: z.string() });
  const verifier = createVerifier({ ...base, claims });

  test('checks and types further claims', () => {
    const org: string = verifier.verifySync(mint(key, claimsOf({ org: 'acme' }))).claims.org;
    expect(org).toBe('acme');
    expect(() => verifier.verifySync(mint(key))).toThrow(
      expect.objectContaining({ code: 'claims_rejected', status: 401 }),
    );
  });
});

test('decodeUnverified says in its type that nothing was checked', () => {
  const [h, p] = segmentsOf(mint(key));
  const decoded = decodeUnverified(`${h}.${p}.AAAA`);
  expect(decoded).toMatchObject({ verified: false, claims: { sub: 'wangerge' } });
  expect(() => decodeUnverified('a.b')).toThrow(TokenError);
});

test("the tutorial's sample token verifies in January 2026, by its public key", () => {
  const token =
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ3YW5nZXJnZSIsImlkIjoxLCJleHAiOjE3NjgxMzI0NTJ9.eiUqiVl8GHQx_bG61UvAzvAuuODInk5Szz5yPT5zkZs';
  // createVerifier refuses this key, so the parts are put together here by hand.
  const known = secretKey(
    'eec7f9b96330e64eaac29ad7c95154cff3addaea90239c262b3f9287e678f6d3',
    'HS256',
  );
  const verifierAt = (date: string) => {
    const now = () => Date.parse(date);
    return assembleVerifier({
      issuers: [
        {
          issuer: null,
          issMayBeAbsent: false,
          tenants: undefined,
          audiences: null,
          audMayBeAbsent: true,
          algorithms: ['HS256'],
          typ: null,
          typMayBeAbsent: true,
          requiredClaims: ['sub', 'id', 'exp'],
          permissions: {
            defaultScopes: ['todo:read'],
            scopeClaim: undefined,
            rolesClaim: ['roles'],
          },
          clockToleranceMs: 0,
          revocation: undefined,
          keys: secretSource(known),
          clock: { now, clockToleranceMs: 0 },
        },
      ],
      schema: undefined,
      isRevoked: undefined,
      cache: undefined,
      maxTokenBytes: 8192,
      challenge: { realm: 'api' },
      now,
    });
  };
  const verified = verifierAt('2026-01-11T11:50:00Z').verifySync(token);
  expect(verified).toMatchObject({ subject: 'wangerge', scopes: ['todo:read'], claims: { id: 1 } });
  expect(() => verifierAt('2026-01-11T12:00:00Z').verifySync(token)).toThrow(
    expect.objectContaining({ code: 'token_expired' }),
  );
});
