import { createVerifier, KeysUnavailableError, type Verifier } from '@latchkey/jwt-verify';
import { sharedSecretOptions } from '@latchkey/service-kit/shared-secret-options';
import type { TokenConfig } from '@latchkey/service-kit/token-config';
import type { KeyRing, KeySnapshot } from './key-ring.ts';

interface Settings {
  audience: string | readonly string[];
  /** What a minimal token, which names no scopes, may do here. */
  defaultScopes: readonly string[];
  now: () => number;
}

/** How this service checks its own tokens: with the keys at hand, no fetch, no delay. */
export function ownVerifier(
  config: TokenConfig,
  ring: KeyRing | undefined,
  { audience, defaultScopes, now }: Settings,
): Verifier {
  if (config.mode === 'shared-secret') {
    return createVerifier({ ...sharedSecretOptions(config, { audience, defaultScopes }), now });
  }
  const withKeys = ({ published }: KeySnapshot) =>
    createVerifier({
      issuer: config.issuer,
      audience,
      algorithms: ['ES256', 'RS256', 'EdDSA'],
      keys: { jwks: { keys: [...published] } },
      now,
    });
  const first = ring?.current();
  let inner = first && withKeys(first);
  ring?.onChange((snapshot) => {
    inner = withKeys(snapshot);
  });
  const challenge = { realm: [audience].flat()[0] ?? 'auth-service' };
  const current = (): Verifier => {
    if (!inner) throw new KeysUnavailableError({ retryAfterSeconds: 2, challenge });
    return inner;
  };
  return {
    verifySync: (token) => current().verifySync(token),
    verify: async (token) => current().verify(token),
    ready: async (options) => current().ready(options),
    close: () => inner?.close(),
    status: () => inner?.status() ?? { keys: 'none', issuers: [], cache: { entries: 0, bytes: 0 } },
    challenge,
  };
}
