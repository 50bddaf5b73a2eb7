import type { ServiceJson } from './service-json.ts';

/** The one service that claims no route is the gateway to all the others. */
export const isDoor = (service: ServiceJson): boolean => service.routes.length === 0;

/** The service that publishes the keys. */
export const isIssuer = (service: ServiceJson): boolean => service.routes.includes('/.well-known');
