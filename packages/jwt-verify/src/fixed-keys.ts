import { KeyIndex } from './key-set.ts';
import type { KeySource } from './key-source.ts';
import type { VerificationKey } from './verification-key.ts';

/** Keys that were given and never change: a local JWK Set. */
export const fixedKeys = (keys: readonly VerificationKey[]): KeySource => {
  const index = new KeyIndex(keys);
  return { ...still, find: (algorithm, kid) => index.find(algorithm, kid) };
};

/** One shared secret. It has no name of its own, so whatever `kid` a token bears is the issuer's. */
export const secretSource = (key: VerificationKey): KeySource => ({
  ...still,
  find: (algorithm) => (algorithm === key.algorithm ? key : undefined),
});

const still = {
  settled: async () => {},
  ready: async () => undefined,
  close: () => {},
  status: () => ({ keys: 'fresh', ageSeconds: null }) as const,
};
