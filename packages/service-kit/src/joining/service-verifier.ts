import {
  createVerifier,
  type SingleIssuerOptions,
  type Verifier,
  type VerifierEvent,
} from '@latchkey/jwt-verify';
import { Gauge } from 'prom-client';
import type { HealthReport, ReadinessCheck } from '../process/health.ts';
import type { Log } from '../process/log.ts';
import { resourceMetadataOf } from './resource-metadata.ts';
import type { ServiceJson } from './service-json.ts';
import { sharedSecretOptions } from './shared-secret-options.ts';
import { PUBLIC_KEY_ALGORITHMS, type TokenConfig } from './token-config.ts';

export interface ServiceVerifier {
  verifier: Verifier;
  /** For `/readyz`: a service without keys cannot verify any token. */
  keysReady: ReadinessCheck;
  /** Whether revoked tokens are known; without that the service goes on, so it is no check. */
  report: HealthReport;
}

interface AcceptedTokens {
  /** Null for tokens of any service. */
  audience: string | null;
  /** What a minimal token, which names no scopes, may do here. */
  defaultScopes: readonly string[];
  /** For challenges (RFC 9728 §5.1). */
  resourceMetadata?: string;
}

/** The tokens that are for this service. */
export const acceptedBy = (service: ServiceJson, { issuer }: TokenConfig): AcceptedTokens => ({
  audience: service.audience ?? service.name,
  defaultScopes: Object.keys(service.scopes),
  ...resourceMetadataOf(issuer, service),
});

/** The one way in which a service here checks access tokens; keys are fetched before the first request. */
export function createServiceVerifier(
  config: TokenConfig,
  accepted: AcceptedTokens,
  log: Log,
): ServiceVerifier {
  const verifier = createVerifier({
    ...verifierOptions(config, accepted),
    onEvent: (event) => logEvent(log, event),
  });
  return {
    verifier,
    // Keys are fetched on first use; asking whether they are there is one, so that no request waits.
    keysReady: async () => {
      await verifier.ready({ timeoutMs: 0 }).catch(() => undefined);
      return verifier.status().keys === 'none' ? 'no keys yet' : undefined;
    },
    report: config.revocation ? revocationReport(verifier) : {},
  };
}

const revocationReport = (verifier: Verifier): HealthReport => ({
  details: () => ({ revocation: verifier.status().revocation }),
  metrics(registry) {
    new Gauge({
      name: 'revocation_current',
      help: '1 while every revocation is known within seconds, 0 while this service may be blind.',
      registers: [registry],
      collect() {
        this.set(Number(verifier.status().revocation === 'current'));
      },
    });
  },
});

/** Events that have no error, and that an operator should see all the same. */
const TROUBLE = new Set<VerifierEvent['type']>(['revocation_lost', 'revocation_event_refused']);

function logEvent(log: Log, event: VerifierEvent): void {
  if ('error' in event) {
    const { error, ...rest } = event;
    log.warn({ event: rest, err: error }, 'checking tokens');
  } else if (TROUBLE.has(event.type)) log.warn({ event }, 'checking tokens');
  else log.info({ event }, 'checking tokens');
}

function verifierOptions(
  config: TokenConfig,
  { audience, defaultScopes, resourceMetadata }: AcceptedTokens,
): SingleIssuerOptions {
  const common = {
    ...(config.revocation ? { revocation: config.revocation } : {}),
    ...(resourceMetadata ? { resourceMetadata } : {}),
  };
  if (config.mode === 'shared-secret') {
    return { ...sharedSecretOptions(config, { audience, defaultScopes }), ...common };
  }
  return {
    issuer: config.issuer,
    audience,
    algorithms: PUBLIC_KEY_ALGORITHMS,
    keys: {
      ...(config.jwksUri ? { url: config.jwksUri } : {}),
      allowInsecureHttp: config.insecureHttp,
    },
    ...common,
  };
}
