import { describe, expect, test } from 'vitest';
import { createVerifier, type VerifierEvent } from '../src/index.ts';
import {
  AUDIENCE,
  claimsOf,
  encode,
  ISSUER,
  mint,
  NOW_SECONDS,
  now,
  signingKey,
} from './tokens.ts';

const [first, second] = [signingKey('ES256', 'first'), signingKey('ES256', 'second')];
const own = [first.jwk];
const tokens = { first: mint(first), second: mint(second) };

type Current = () => { readonly keys: readonly object[] } | undefined;

const verifierOf = (current: Current, options: object = {}) =>
  createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ['ES256'],
    keys: { current },
    now,
    ...options,
  });

/** A set that the test changes, and a verifier that follows it. */
const holding = (jwks: ReturnType<Current> | Error) => {
  const holder = { jwks };
  const events: VerifierEvent[] = [];
  const current = () => {
    if (holder.jwks instanceof Error) throw holder.jwks;
    return holder.jwks;
  };
  return {
    holder,
    events,
    verifier: verifierOf(current, { onEvent: (event: VerifierEvent) => events.push(event) }),
  };
};

const codeOf = (act: () => unknown) => {
  try {
    act();
    return 'accepted';
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

const UNAVAILABLE = expect.objectContaining({
  code: 'keys_unavailable',
  status: 503,
  headers: { 'Retry-After': '2' },
});

describe('keys held by this process', () => {
  test('a new key counts with the next check', () => {
    const { holder, verifier } = holding({ keys: own });
    expect(codeOf(() => verifier.verifySync(tokens.second))).toBe('key_unknown');
    holder.jwks = { keys: [...own, second.jwk] };
    expect(verifier.verifySync(tokens.second).subject).toBe('wangerge');
    expect(verifier.verifySync(tokens.first).subject).toBe('wangerge');
  });

  test('a key that is gone is dead at once, for a token in the cache too', () => {
    const { holder, verifier } = holding({ keys: [first.jwk, second.jwk] });
    verifier.verifySync(tokens.first);
    verifier.verifySync(tokens.second);
    expect(verifier.status().cache.entries).toBe(2);
    holder.jwks = { keys: [second.jwk] };
    expect(codeOf(() => verifier.verifySync(tokens.first))).toBe('key_unknown');
    expect(codeOf(() => verifier.verifySync(tokens.second))).toBe('accepted');
  });

  test('another key under the same kid takes its place', () => {
    const { holder, verifier } = holding({ keys: own });
    verifier.verifySync(tokens.first);
    holder.jwks = { keys: [{ ...second.jwk, kid: 'first' }] };
    expect(codeOf(() => verifier.verifySync(tokens.first))).toBe('signature_invalid');
  });

  test('a token stays cached over a change that leaves its key', () => {
    let calls = 0;
    const validate = (value: unknown) => {
      calls++;
      return { value };
    };
    const holder = { keys: own };
    const claims = { '~standard': { version: 1, vendor: 'test', validate } };
    const verifier = verifierOf(() => holder, { claims });
    verifier.verifySync(tokens.first);
    holder.keys = [...own, second.jwk];
    verifier.verifySync(tokens.first);
    expect(calls).toBe(1);
  });

  test.each<[string, ReturnType<Current> | Error, RegExp | undefined]>([
    ['no set', undefined, undefined],
    ['an exception', new Error('the database is away'), /the database is away/],
    ['an empty set', { keys: [] }, /the key set is empty/],
    ['no usable key', { keys: [{ kty: 'oct', k: 'AAAA' }] }, /no key can be used/],
    ['no JWK Set', {} as { keys: [] }, /a JWK Set is/],
    ['null', null as unknown as undefined, /a JWK Set is/],
    ['a promise', Promise.resolve({ keys: own }) as unknown as { keys: [] }, /a JWK Set is/],
  ])('%s, later: 503 and no old key, until there is a good set again', async (_name, jwks, why) => {
    const { holder, verifier } = holding({ keys: own });
    verifier.verifySync(tokens.first);
    holder.jwks = jwks;
    for (const _time of [1, 2]) {
      const error = await verifier.verify(tokens.first).catch((thrown: Error) => thrown);
      expect(error).toEqual(UNAVAILABLE);
      if (why === undefined) expect((error as Error).cause).toBeUndefined();
      else expect(String((error as Error).cause)).toMatch(why);
    }
    expect(verifier.status().keys).toBe('none');
    await expect(verifier.ready({ timeoutMs: 0 })).rejects.toEqual(UNAVAILABLE);
    holder.jwks = { keys: own };
    expect(verifier.verifySync(tokens.first).subject).toBe('wangerge');
    expect(verifier.status()).toMatchObject({ keys: 'fresh', issuers: [{ ageSeconds: null }] });
  });

  test.each([
    ['a good set', 'EC', 'accepted'],
    ['a bad set', 'oct', 'keys_unavailable'],
  ])('the same array is not imported again: %s', (_name, kty, outcome) => {
    let reads = 0;
    const get = () => {
      reads++;
      return kty;
    };
    const keys = [Object.defineProperty({ ...first.jwk }, 'kty', { enumerable: true, get })];
    const holder: { keys: object[] } = { keys: own };
    const verifier = verifierOf(() => ({ ...holder }), { cache: false });
    holder.keys = keys;
    expect(codeOf(() => verifier.verifySync(tokens.first))).toBe(outcome);
    const readsOfOneImport = reads;
    expect(readsOfOneImport).toBeGreaterThan(0);
    for (let at = 0; at < 10; at++) codeOf(() => verifier.verifySync(tokens.first));
    expect(reads).toBe(readsOfOneImport);
  });

  test('one of several is passed over and reported once, a private one as well', () => {
    const { holder, events, verifier } = holding({ keys: own });
    const secret = { ...second.jwk, d: encode('secret') };
    holder.jwks = { keys: [...own, secret] };
    verifier.verifySync(tokens.first);
    holder.jwks = { keys: [...own, secret] };
    expect(codeOf(() => verifier.verifySync(tokens.second))).toBe('key_unknown');
    expect(events.map(({ type, issuer }) => [type, issuer])).toEqual([['key_skipped', ISSUER]]);
    expect(JSON.stringify(events)).not.toContain(encode('secret'));
  });

  test('`ready` waits for the first set, and ends with `close`', async () => {
    const { holder, verifier } = holding(undefined);
    const ready = verifier.ready({ timeoutMs: 10_000 });
    setTimeout(() => {
      holder.jwks = { keys: own };
    }, 20);
    await ready;
    expect(verifier.verifySync(tokens.first).subject).toBe('wangerge');

    const closed = holding(undefined).verifier;
    const waiting = closed.ready({ timeoutMs: 60_000 });
    closed.close();
    await expect(waiting).rejects.toEqual(UNAVAILABLE);
  });

  test('beside an issuer that publishes its keys', () => {
    const holder = { keys: own };
    const other = {
      issuer: 'https://two.example.com',
      audience: AUDIENCE,
      algorithms: ['ES256'],
    } as const;
    const verifier = createVerifier({
      issuers: [
        {
          issuer: ISSUER,
          audience: AUDIENCE,
          algorithms: ['ES256'],
          keys: { current: () => holder },
        },
        { ...other, keys: { jwks: { keys: own } } },
      ],
      now,
    });
    const others = mint(first, claimsOf({ iss: other.issuer, exp: NOW_SECONDS + 5 }));
    for (const token of [tokens.first, others]) verifier.verifySync(token);
    holder.keys = [second.jwk];
    expect(codeOf(() => verifier.verifySync(tokens.first))).toBe('key_unknown');
    expect(codeOf(() => verifier.verifySync(others))).toBe('accepted');
  });

  test.each<[string, object, RegExp]>([
    ['no function', { current: { keys: own } }, /keys\.current must be a function/],
    ['undefined', { current: undefined }, /keys\.current must be a function/],
    ['a promise', { current: async () => ({ keys: own }) }, /keys\.current\(\): a JWK Set is/],
    ['an empty set', { current: () => ({ keys: [] }) }, /keys\.current\(\): the key set is empty/],
    [
      'a private key',
      { current: () => ({ keys: [...own, { ...second.jwk, d: 'AAAA' }] }) },
      /keys\.current\(\) holds a private key/,
    ],
    ['a URL beside', { current: () => undefined, url: ISSUER }, /keys\.current and keys\.url/],
    ['a set beside', { current: () => undefined, jwks: { keys: own } }, /and keys\.jwks/],
    ['a secret beside', { current: () => undefined, secret: 'x' }, /and keys\.secret|does not go/],
  ])('refused when the verifier is made: %s', (_name, keys, message) => {
    expect(() => verifierOf(() => undefined, { keys })).toThrow(message);
    expect(() => verifierOf(() => undefined, { keys })).toThrow(TypeError);
  });
});
