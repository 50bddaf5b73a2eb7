import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { type Algorithm, type AlgorithmFacts, factsOf } from './algorithms.ts';
import { decodeBase64url } from './base64url.ts';
import { isLowOrder } from './ed25519-point.ts';
import { isJsonObject, type JsonObject, memberOf } from './json-object.ts';
import { publicKeyCheck } from './signature-checks.ts';
import type { VerificationKey } from './verification-key.ts';

/** Why a JWK can't be used. The others of its set can (RFC 7517 §5). */
export class UnusableKeyError extends Error {
  override readonly name = 'UnusableKeyError';
}

/** A private or symmetric key where public ones are expected: it is in the wrong place. */
export class SecretKeyError extends UnusableKeyError {}

const unusable = (why: string): never => {
  throw new UnusableKeyError(why);
};

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;
const KEY_TYPES = { RSA: 'RSA', 'RSA-PSS': 'RSA', EC: 'EC', OKP: 'OKP', HMAC: 'oct' } as const;
const COORDINATE_BYTES = { 'P-256': 32, 'P-384': 48, 'P-521': 66, Ed25519: 32 } as const;

/**
 * Make one public JWK (RFC 7517 §4) ready for the one algorithm it is for: the one it names, else
 * the first of the allowed ones that its type and curve fit.
 *
 * @throws {UnusableKeyError} when no allowed algorithm fits, or the key is weak, private or broken
 */
export const importJwk = (jwk: unknown, allowed: readonly Algorithm[]): VerificationKey => {
  if (!isJsonObject(jwk)) return unusable('a key is a JSON object');
  const secretMember = PRIVATE_MEMBERS.find((member) => memberOf(jwk, member) !== undefined);
  if (secretMember !== undefined) {
    throw new SecretKeyError(`a public key has no member "${secretMember}"`);
  }
  const use = memberOf(jwk, 'use');
  if (use !== undefined && use !== 'sig') unusable('its use is not "sig"');
  const operations = memberOf(jwk, 'key_ops');
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    unusable('its key_ops lack "verify"');
  }
  const kid = memberOf(jwk, 'kid');
  if (kid !== undefined && typeof kid !== 'string') return unusable('its kid is not a string');
  const issuer = memberOf(jwk, 'issuer');
  if (issuer !== undefined && typeof issuer !== 'string') unusable('its issuer is not a string');
  const algorithm = allowed.find((candidate) => fits(jwk, candidate));
  if (algorithm === undefined) return unusable(`it fits none of ${allowed.join(', ')}`);
  const facts = factsOf(algorithm);
  const members =
    facts.family === 'RSA' || facts.family === 'RSA-PSS' ? rsa(jwk) : point(jwk, facts);
  const key = toKeyObject(members);
  const signatureBytes = facts.signatureBytes || Math.ceil(modulusBits(key) / 8);
  return {
    algorithm,
    kid,
    issuer: issuer as string | undefined,
    identity: createHash('sha256')
      .update(JSON.stringify([algorithm, kid, members, issuer]))
      .digest('base64url'),
    usableUntilMs: Number.POSITIVE_INFINITY,
    verify: publicKeyCheck(facts, key, signatureBytes),
  };
};

const fits = (jwk: JsonObject, algorithm: Algorithm): boolean => {
  const { family, curve } = factsOf(algorithm);
  const named = memberOf(jwk, 'alg');
  return (
    (named === undefined || named === algorithm || (isEd25519(named) && isEd25519(algorithm))) &&
    memberOf(jwk, 'kty') === KEY_TYPES[family] &&
    (curve === null || memberOf(jwk, 'crv') === curve)
  );
};

// RFC 9864 names it Ed25519; in RFC 8037 it is EdDSA with this curve.
const isEd25519 = (algorithm: unknown): boolean => algorithm === 'EdDSA' || algorithm === 'Ed25519';

const binaryMember = (jwk: JsonObject, name: string): { text: string; bytes: Buffer } => {
  const text = memberOf(jwk, name);
  const bytes = typeof text === 'string' ? decodeBase64url(text) : undefined;
  if (bytes === undefined || bytes.length === 0) return unusable(`its ${name} is not base64url`);
  return { text: text as string, bytes };
};

const rsa = (jwk: JsonObject) => {
  const n = binaryMember(jwk, 'n');
  const e = binaryMember(jwk, 'e');
  // FIPS 186-5 §5.4: odd and above 2^16; the upper bound limits the time of a check.
  const exponent = e.bytes.length > 4 ? 0 : e.bytes.readUIntBE(0, e.bytes.length);
  if (exponent < 65_537 || exponent % 2 === 0)
    unusable('its exponent is even, under 2^16 or too large');
  if (((n.bytes.at(-1) as number) & 1) === 0) unusable('its modulus is even');
  return { kty: 'RSA', n: n.text, e: e.text };
};

const point = (jwk: JsonObject, { curve }: AlgorithmFacts) => {
  const crv = curve as keyof typeof COORDINATE_BYTES;
  const x = binaryMember(jwk, 'x');
  if (x.bytes.length !== COORDINATE_BYTES[crv]) unusable('its x has the wrong length');
  if (crv === 'Ed25519') {
    if (isLowOrder(x.bytes)) unusable('its point has a small order');
    return { kty: 'OKP', crv, x: x.text };
  }
  const y = binaryMember(jwk, 'y');
  if (y.bytes.length !== COORDINATE_BYTES[crv]) unusable('its y has the wrong length');
  return { kty: 'EC', crv, x: x.text, y: y.text };
};

const toKeyObject = (members: Record<string, string>): KeyObject => {
  try {
    const key = createPublicKey({ key: members, format: 'jwk' });
    const bits = key.asymmetricKeyType === 'rsa' ? modulusBits(key) : MIN_RSA_BITS;
    if (bits < MIN_RSA_BITS) return unusable(`its modulus has under ${MIN_RSA_BITS} bits`);
    if (bits > MAX_RSA_BITS) return unusable(`its modulus has over ${MAX_RSA_BITS} bits`);
    return key;
  } catch (error) {
    if (error instanceof UnusableKeyError) throw error;
    throw new UnusableKeyError('it is not a key on its curve', { cause: error });
  }
};

const modulusBits = (key: KeyObject): number => key.asymmetricKeyDetails?.modulusLength ?? 0;
