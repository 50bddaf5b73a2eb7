import { type Algorithm, factsOf } from './algorithms.ts';
import { fixedKeys, secretSource } from './fixed-keys.ts';
import { importKeySet } from './key-set.ts';
import type { KeySource } from './key-source.ts';
import type { KeysOptions, SharedOptions } from './options.ts';
import { remoteKeys } from './remote-keys.ts';
import { checkSecret, secretKey } from './secret-key.ts';
import type { StandardSchema } from './standard-schema.ts';

/** Choose the source that the options describe; anything contradictory fails here. */
export const keySourceOf = (
  issuer: string | null,
  algorithms: readonly Algorithm[],
  keys: KeysOptions,
  shared: SharedOptions<StandardSchema | undefined>,
): KeySource => {
  const [first] = algorithms as readonly [Algorithm];
  const symmetric = factsOf(first).family === 'HMAC';
  if ('secret' in keys) {
    if (!symmetric) throw new TypeError(`createVerifier: keys.secret does not go with ${first}`);
    if (algorithms.length > 1) {
      throw new TypeError('createVerifier: a secret is for one algorithm: name only that one');
    }
    checkSecret(keys.secret, first);
    return secretSource(secretKey(keys.secret, first));
  }
  if (symmetric) {
    throw new TypeError(`createVerifier: ${first} needs keys: { secret }, the shared secret`);
  }
  if ('jwks' in keys) {
    const set = importKeySet(keys.jwks, algorithms);
    const [skipped] = set.skipped;
    if (skipped !== undefined) {
      throw new TypeError(`createVerifier: keys.jwks has an unusable key: ${skipped.reason}`);
    }
    if (set.keys.length === 0) throw new TypeError('createVerifier: keys.jwks has no key');
    return fixedKeys(set.keys);
  }
  return remoteKeys(issuer, algorithms, keys, shared);
};
