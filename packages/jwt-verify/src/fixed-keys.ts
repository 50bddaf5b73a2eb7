import { KeyIndex } from './key-set.ts';
import type { KeySource } from './key-source.ts';
import type { VerificationKey } from './verification-key.ts';

/** A given JWK Set, which never changes. */
export const fixedKeys = (keys: readonly VerificationKey[]): KeySource => {
  const index = new KeyIndex(keys);
  return { ...still, find: (algorithm, kid) => index.find(algorithm, kid) };
};

/** One shared secret. It has no name, so the `kid` of a token is not looked at. */
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
