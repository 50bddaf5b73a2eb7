import type { SingleIssuerOptions } from '@latchkey/jwt-verify';
import type { TokenConfig } from './token-config.ts';

type SharedSecretConfig = Extract<TokenConfig, { mode: 'shared-secret' }>;

interface Service {
  audience: string | readonly string[] | null;
  /** What a minimal token, which names no scopes, may do in this service. */
  defaultScopes: readonly string[];
}

/** Which tokens under the shared secret a service accepts, as its profile says. */
export function sharedSecretOptions(
  { issuer, secret, profile }: SharedSecretConfig,
  { audience, defaultScopes }: Service,
): SingleIssuerOptions {
  const common = { algorithms: ['HS256'], keys: { secret } } as const;
  if (profile === 'standard') return { ...common, issuer, audience };
  // Just `sub`, `id` and `exp`; an `iss` or `aud` that is there all the same must be ours (RFC 7519
  // §4.1.3), so that a token made for another service or by another login opens nothing here.
  return {
    ...common,
    issuer: { ifPresent: issuer },
    audience: audience === null ? null : { ifPresent: audience },
    typ: null,
    requiredClaims: ['sub', 'id', 'exp'],
    defaultScopes,
  };
}
