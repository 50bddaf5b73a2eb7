import type { ServiceJson } from './service-json.ts';

/** The gateway to all the others. */
export const isDoor = ({ role }: ServiceJson): boolean => role === 'gateway';

/** The service that publishes the keys. */
export const isIssuer = ({ role }: ServiceJson): boolean => role === 'issuer';
