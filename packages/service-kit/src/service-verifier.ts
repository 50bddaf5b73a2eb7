import { createVerifier, type Verifier, type VerifierOptions } from '@latchkey/jwt-verify';
import type { ReadinessCheck } from './health.ts';
import type { Log } from './log.ts';
import type { ServiceJson } from './service-json.ts';
import type { TokenConfig } from './token-config.ts';

export interface ServiceVerifier {
  verifier: Verifier;
  /** For `/readyz`: a service without keys cannot tell a good token from a bad one. */
  keysReady: ReadinessCheck;
}

/** The one way in which a service here checks access tokens; keys are fetched before the first request. */
export function createServiceVerifier(
  config: TokenConfig,
  service: ServiceJson,
  log: Log,
): ServiceVerifier {
  const verifier = createVerifier({
    ...verifierOptions(config, service),
    onEvent: (event) => log.info({ event }, 'token keys'),
  });
  return {
    verifier,
    // Keys are fetched on first use; asking whether they are there is one, so that no request waits.
    keysReady: async () => {
      await verifier.ready().catch(() => undefined);
      return verifier.status().keys === 'none' ? 'no keys yet' : undefined;
    },
  };
}

function verifierOptions(config: TokenConfig, service: ServiceJson): VerifierOptions<undefined> {
  const audience = service.audience ?? service.name;
  if (config.mode === 'public-keys') {
    return {
      issuer: config.issuer,
      audience,
      algorithms: ['ES256', 'RS256', 'EdDSA'],
      keys: {
        ...(config.keySetUrl ? { url: config.keySetUrl } : {}),
        allowInsecureHttp: config.insecureHttp,
      },
    };
  }
  const keys = { secret: config.secret };
  if (config.profile === 'standard') {
    return { issuer: config.issuer, audience, algorithms: ['HS256'], keys };
  }
  return {
    issuer: null,
    audience: null,
    typ: null,
    algorithms: ['HS256'],
    keys,
    requiredClaims: ['sub', 'id', 'exp'],
    defaultScopes: Object.keys(service.scopes),
  };
}
