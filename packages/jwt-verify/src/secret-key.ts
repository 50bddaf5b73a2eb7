import { createHash } from 'node:crypto';
import { type Algorithm, factsOf } from './algorithms.ts';
import { hmacCheck } from './fast/hmac-check.ts';
import { KNOWN_SECRET_DIGESTS } from './known-secrets.ts';
import type { VerificationKey } from './verification-key.ts';

const MIN_DISTINCT_BYTES = 8;

/**
 * Refuse a shared secret that is shorter than the hash (RFC 7518 §3.2), that is a key in disguise,
 * or that is easy to guess. The text itself is never part of the message.
 *
 * @throws {TypeError} one line that says what to set
 */
export const assertSecret = (secret: string, algorithm: Algorithm): void => {
  const advice = 'set keys.secret to the output of `openssl rand -hex 32`';
  if (typeof secret !== 'string') throw new TypeError(`keys.secret must be a string: ${advice}`);
  const bytes = Buffer.from(secret, 'utf8');
  const wanted = factsOf(algorithm).signatureBytes;
  if (bytes.length < wanted) {
    throw new TypeError(`keys.secret needs ${wanted} bytes for ${algorithm}: ${advice}`);
  }
  if (/-----BEGIN |^ssh-|^\s*[{[]|^MI[IG][A-Za-z0-9+/]/.test(secret)) {
    throw new TypeError(`keys.secret looks like a key file, not a secret: ${advice}`);
  }
  if (new Set(bytes).size < MIN_DISTINCT_BYTES) {
    throw new TypeError(`keys.secret repeats a few characters: ${advice}`);
  }
  if (KNOWN_SECRET_DIGESTS.has(createHash('sha256').update(bytes).digest('hex'))) {
    throw new TypeError(`keys.secret is a published sample, which everyone knows: ${advice}`);
  }
};

/** Make a shared secret ready; its key is the UTF-8 bytes of the text. Judges nothing. */
export const secretKey = (secret: string, algorithm: Algorithm): VerificationKey => {
  const { hash, signatureBytes } = factsOf(algorithm);
  if (hash === null) throw new TypeError(`${algorithm} takes no secret`);
  return {
    algorithm,
    kid: undefined,
    identity: 'secret',
    usableUntilMs: Number.POSITIVE_INFINITY,
    verify: hmacCheck(hash, Buffer.from(secret, 'utf8'), signatureBytes),
  };
};
