import fc from 'fast-check';
import { encode, NOW_SECONDS, type SigningKey, segmentsOf, signatureOf } from './tokens.ts';

export const sample = <T>(values: readonly T[]) => fc.constantFrom(...values);
export const junk = fc.oneof(
  sample<unknown>([null, true, 0, -1, 1.5, 1e308, '', ' ', [], {}, [[]], '__proto__', 'none']),
  fc.string({ maxLength: 12 }),
  fc.integer(),
  fc.jsonValue({ maxDepth: 2 }),
);
export const timeLike = fc.oneof(
  fc.integer({ min: NOW_SECONDS - 3, max: NOW_SECONDS + 3 }),
  sample<unknown>([0, -1, NOW_SECONDS * 1000, NOW_SECONDS + 0.5, String(NOW_SECONDS + 9)]),
  junk,
);
const changes = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 2 });

/** How the finished text is spoilt. */
const spoil = fc.oneof(
  { weight: 5, arbitrary: fc.constant((token: string) => token) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(), sample([...'AQgw-_+/= .~\n\u0141'])).map(
      ([at, by]) =>
        (token: string) =>
          token.slice(0, at % token.length) + by + token.slice((at % token.length) + 1),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(), sample(['', 'A', '.', '=', ' ', '-'])).map(
      ([at, by]) =>
        (token: string) =>
          token.slice(0, at % token.length) + by + token.slice(at % token.length),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat().map((at) => (token: string) => token.slice(0, at % token.length)),
  },
  {
    weight: 1,
    arbitrary: fc.nat().map((at) => (token: string) => {
      const [h, p, s] = segmentsOf(token);
      const bytes = Buffer.from(s, 'base64url');
      bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ (1 << (at % 8));
      return `${h}.${p}.${bytes.toString('base64url')}`;
    }),
  },
);
const encoding = sample<(json: string) => string>([
  (json) => json,
  (json) => json,
  (json) => json,
  (json) => `\ufeff${json}`,
  (json) => ` ${json}\n`,
  (json) => json.replace('{', '{"sub":"first",'),
  (json) => json.replace(/}$/, ',"aud":"last"}'),
  (json) => json.replaceAll('e', '\\u0065'),
  (json) => `${json}}`,
  (json) => `[${json}]`,
]);

export interface Mutations {
  readonly claimsOf: (overrides: Record<string, unknown>) => Record<string, unknown>;
  readonly headerOf: (overrides: Record<string, unknown>) => Record<string, unknown>;
  /** A member and its new value. */
  readonly claimChange: fc.Arbitrary<[string, unknown]>;
  readonly headerChange: fc.Arbitrary<[string, unknown]>;
  /** Names of members that are left out. */
  readonly dropped: fc.Arbitrary<readonly string[]>;
}

/** Tokens with changed members, signed, in other encodings of JSON, and then spoilt. */
export const mutatedTokens = (key: SigningKey, mutations: Mutations): fc.Arbitrary<string> => {
  const { claimsOf, headerOf, claimChange, headerChange, dropped } = mutations;
  return fc
    .tuple(changes(claimChange), changes(headerChange), encoding, encoding, spoil, dropped)
    .map(([claims, header, asClaims, asHeader, spoilt, names]) => {
      const without = Object.fromEntries(names.map((name) => [name, undefined]));
      const changed = { ...Object.fromEntries(claims), ...without };
      const payload = asClaims(JSON.stringify(claimsOf(changed)));
      // Half of the headers stay as they are, so that the claims are reached at all.
      const protectedHeader =
        claims.length % 2 === 0
          ? asHeader(JSON.stringify(headerOf({ ...Object.fromEntries(header), ...without })))
          : JSON.stringify(headerOf(without));
      const input = `${encode(protectedHeader)}.${encode(payload)}`;
      return spoilt(`${input}.${signatureOf(key, input).toString('base64url')}`);
    });
};
