import type { ServiceJson } from './service-json.ts';

/** The gateway to all the others. */
export const isGateway = ({ role }: ServiceJson): boolean => role === 'gateway';

/** The service that publishes the keys. */
export const isIssuer = ({ role }: ServiceJson): boolean => role === 'issuer';

/**
 * When a service's demo script runs: the people come first, then what is theirs, then what refers to
 * that in another service.
 */
export function demoStageOf(service: ServiceJson): number {
  if (isIssuer(service)) return 0;
  return service.client ? 2 : 1;
}
