import { type Algorithm, factsOf } from './algorithms.ts';
import { notify } from './events.ts';
import { fixedKeys, secretSource } from './fixed-keys.ts';
import { InProcessKeys } from './in-process-keys.ts';
import { describeSkipped, importKeySet, type KeySet } from './key-set.ts';
import type { KeySource } from './key-source.ts';
import { fail } from './option-error.ts';
import type { InProcessKeysOptions, KeysOptions, SharedOptions } from './options.ts';
import { remoteKeys } from './remote-keys.ts';
import { assertSecret, secretKey } from './secret-key.ts';
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
    assertSecret(keys.secret, first);
    return secretSource(secretKey(keys.secret, first));
  }
  if (symmetric) {
    throw new TypeError(`createVerifier: ${first} needs keys: { secret }, the shared secret`);
  }
  if ('current' in keys) {
    assertCurrent(keys, algorithms);
    return new InProcessKeys(issuer ?? 'keys.current', algorithms, keys, shared);
  }
  if ('jwks' in keys) {
    const set = givenKeys('keys.jwks', keys.jwks, algorithms);
    const name = issuer ?? 'keys.jwks';
    for (const { kid, reason } of set.skipped) {
      notify(shared.onEvent, { type: 'key_skipped', issuer: name, kid, reason });
    }
    return fixedKeys(name, set.keys);
  }
  return remoteKeys(issuer, algorithms, keys, shared);
};

/** The set of the start, where there is one yet, must be as good as one that is given for good. */
const assertCurrent = (keys: InProcessKeysOptions, algorithms: readonly Algorithm[]): void => {
  const beside = ['url', 'jwks', 'secret'].find((name) => Object.hasOwn(keys, name));
  if (beside !== undefined) fail(`keys.current and keys.${beside} are both there: keep one`);
  if (typeof keys.current !== 'function') {
    fail(
      'keys.current must be a function that returns the JWK Set, or undefined before there is one',
    );
  }
  const jwks = keys.current();
  if (jwks !== undefined) givenKeys('keys.current()', jwks, algorithms);
};

const givenKeys = (option: string, jwks: unknown, algorithms: readonly Algorithm[]): KeySet => {
  let set: KeySet;
  try {
    set = importKeySet(jwks, algorithms);
  } catch (error) {
    const { message } = error as Error;
    throw new TypeError(`createVerifier: ${option}: ${message}`, { cause: error });
  }
  const secret = set.skipped.find(({ secret }) => secret);
  // Published sets hold no private key: this one was copied from the issuer's secrets.
  if (secret !== undefined) fail(`${option} holds a private key: ${describeSkipped(secret)}`);
  return set;
};
