import { createVerifier, type Verifier } from '@latchkey/jwt-verify';
import { sharedSecretOptions } from '@latchkey/service-kit/joining/shared-secret-options';
import {
  PUBLIC_KEY_ALGORITHMS,
  type TokenConfig,
} from '@latchkey/service-kit/joining/token-config';
import type { KeyRing } from './key-ring.ts';

interface Settings {
  audience: string | readonly string[];
  /** What a minimal token, which names no scopes, may do here. */
  defaultScopes: readonly string[];
  /** Named in challenges. */
  resourceMetadata?: string | undefined;
  now: () => number;
}

/** How this service checks its own tokens: with the keys at hand, no fetch, no delay. */
export function ownVerifier(
  config: TokenConfig,
  ring: KeyRing | undefined,
  { audience, defaultScopes, resourceMetadata, now }: Settings,
): Verifier {
  const common = { now, ...(resourceMetadata ? { resourceMetadata } : {}) };
  if (config.mode === 'shared-secret') {
    return createVerifier({
      ...sharedSecretOptions(config, { audience, defaultScopes }),
      ...common,
    });
  }
  // The last set that was read: the ring has none while the database holds one it cannot open.
  let published = ring?.current()?.published;
  ring?.onChange((snapshot) => {
    published = snapshot.published;
  });
  return createVerifier({
    issuer: config.issuer,
    audience,
    algorithms: PUBLIC_KEY_ALGORITHMS,
    keys: { current: () => published && { keys: published } },
    ...common,
  });
}
