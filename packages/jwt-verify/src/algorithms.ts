/** JWS algorithms after RFC 7518 §3.1, RFC 8037 and RFC 9864; `none` is not among them. */
export type Algorithm =
  | 'HS256'
  | 'HS384'
  | 'HS512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519';

export type AlgorithmFamily = 'HMAC' | 'RSA' | 'RSA-PSS' | 'EC' | 'OKP';

export interface AlgorithmFacts {
  readonly family: AlgorithmFamily;
  /** The name of the hash as node:crypto spells it; `null` where the algorithm hashes by itself. */
  readonly hash: 'sha256' | 'sha384' | 'sha512' | null;
  /** Bytes of a signature; 0 where the key decides (RSA: the length of the modulus). */
  readonly signatureBytes: number;
  readonly curve: 'P-256' | 'P-384' | 'P-521' | 'Ed25519' | null;
}

const facts = (
  family: AlgorithmFamily,
  hash: AlgorithmFacts['hash'],
  signatureBytes: number,
  curve: AlgorithmFacts['curve'] = null,
): AlgorithmFacts => ({ family, hash, signatureBytes, curve });

export const ALGORITHMS: ReadonlyMap<string, AlgorithmFacts> = new Map([
  ['HS256', facts('HMAC', 'sha256', 32)],
  ['HS384', facts('HMAC', 'sha384', 48)],
  ['HS512', facts('HMAC', 'sha512', 64)],
  ['RS256', facts('RSA', 'sha256', 0)],
  ['RS384', facts('RSA', 'sha384', 0)],
  ['RS512', facts('RSA', 'sha512', 0)],
  ['PS256', facts('RSA-PSS', 'sha256', 0)],
  ['PS384', facts('RSA-PSS', 'sha384', 0)],
  ['PS512', facts('RSA-PSS', 'sha512', 0)],
  ['ES256', facts('EC', 'sha256', 64, 'P-256')],
  ['ES384', facts('EC', 'sha384', 96, 'P-384')],
  ['ES512', facts('EC', 'sha512', 132, 'P-521')],
  ['EdDSA', facts('OKP', null, 64, 'Ed25519')],
  ['Ed25519', facts('OKP', null, 64, 'Ed25519')],
]);

export const factsOf = (algorithm: Algorithm): AlgorithmFacts => {
  const found = ALGORITHMS.get(algorithm);
  if (found === undefined) throw new TypeError(`unknown algorithm ${String(algorithm)}`);
  return found;
};
