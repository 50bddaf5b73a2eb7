import type { ServiceJson } from './service-json.ts';

/** The gateway to all the others. */
export const isGateway = ({ role }: ServiceJson): boolean => role === 'gateway';

/** Where the gateway takes people back from the sign-in pages. */
export const SESSION_CALLBACK_PATH = '/session/callback';

/** The page with every service's API documentation: a client, which people sign in to as to any other. */
export const DOCS_CLIENT_ID = 'latchkey-docs';

/** Where that page takes people back from the sign-in pages. */
export const DOCS_CALLBACK_PATH = '/docs/oauth2-redirect.html';

/** The service that publishes the keys. */
export const isIssuer = ({ role }: ServiceJson): boolean => role === 'issuer';

/** Whether auth-service knows it as a client, by a key of its own: a gateway with sessions is one. */
export const hasClientKey = (service: ServiceJson): boolean =>
  service.client !== undefined || (isGateway(service) && service.database !== undefined);

/**
 * When a service's demo script runs: the people come first, then what is theirs, then what refers to
 * that in another service.
 */
export function demoStageOf(service: ServiceJson): number {
  if (isIssuer(service)) return 0;
  return service.client ? 2 : 1;
}
