import { HeldKeys } from './held-keys.ts';
import type { KeySource } from './key-source.ts';
import type { VerificationKey } from './verification-key.ts';

/** A given JWK Set, which never changes, except that a key may be removed. */
export const fixedKeys = (issuer: string, keys: readonly VerificationKey[]): KeySource => {
  const held = new HeldKeys({ issuer, onEvent: undefined });
  held.replace(keys, Number.POSITIVE_INFINITY);
  return {
    ...still,
    find: (algorithm, kid) => held.find(algorithm, kid),
    remove: (kid) => held.remove(kid),
  };
};

/** One shared secret. It has no name, so the `kid` of a token is not looked at. */
export const secretSource = (key: VerificationKey): KeySource => ({
  ...still,
  find: (algorithm) => (algorithm === key.algorithm ? key : undefined),
});

const still = {
  settled: async () => {},
  ready: async () => undefined,
  remove: () => false,
  renew: () => {},
  close: () => {},
  status: () => ({ keys: 'fresh', ageSeconds: null }) as const,
};
