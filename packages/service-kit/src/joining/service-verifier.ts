import {
  createVerifier,
  type SingleIssuerOptions,
  type Verifier,
  type VerifierEvent,
} from '@latchkey/jwt-verify';
import type { ReadinessCheck } from '../process/health.ts';
import type { Log } from '../process/log.ts';
import { resourceMetadataOf } from './resource-metadata.ts';
import type { ServiceJson } from './service-json.ts';
import { sharedSecretOptions } from './shared-secret-options.ts';
import { PUBLIC_KEY_ALGORITHMS, type TokenConfig } from './token-config.ts';

export interface ServiceVerifier {
  verifier: Verifier;
  /** For `/readyz`: a service without keys cannot verify any token. */
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
    ...resourceMetadataOf(config.issuer, service),
    onEvent: (event) => logEvent(log, event),
  });
  return {
    verifier,
    // Keys are fetched on first use; asking whether they are there is one, so that no request waits.
    keysReady: async () => {
      await verifier.ready({ timeoutMs: 0 }).catch(() => undefined);
      return verifier.status().keys === 'none' ? 'no keys yet' : undefined;
    },
  };
}

function logEvent(log: Log, event: VerifierEvent): void {
  if ('error' in event) {
    const { error, ...rest } = event;
    log.warn({ event: rest, err: error }, 'token keys');
  } else log.info({ event }, 'token keys');
}

function verifierOptions(config: TokenConfig, service: ServiceJson): SingleIssuerOptions {
  const audience = service.audience ?? service.name;
  if (config.mode === 'public-keys') {
    return {
      issuer: config.issuer,
      audience,
      algorithms: PUBLIC_KEY_ALGORITHMS,
      keys: {
        ...(config.jwksUri ? { url: config.jwksUri } : {}),
        allowInsecureHttp: config.insecureHttp,
      },
    };
  }
  return sharedSecretOptions(config, { audience, defaultScopes: Object.keys(service.scopes) });
}
