import { hasClientKey, isGateway, isIssuer } from '@latchkey/service-kit/joining/roles';
import { readServices, type ServiceJson } from '@latchkey/service-kit/joining/service-json';

/** Said at the head of each derived file. */
export const DERIVED =
  '# Written by `npx -y pnpm@12 derive` from services/*/service.json: change those, not this file.';

/** The volume that holds the published `service.json` files. */
export const SERVICE_FILES = 'service-files:/run/service-files:ro';

/** The services that containers are made of, in the order in which they need each other. */
export interface DeployedServices {
  issuer: ServiceJson;
  gateway: ServiceJson;
  /** All but the gateway: the issuer, then the others by name. */
  behind: readonly ServiceJson[];
}

/** @throws Error with one line when a `service.json` is wrong, or there is no gateway or no issuer */
export function readDeployedServices(servicesDir: string): DeployedServices {
  const services = readServices(servicesDir);
  const issuer = services.find(isIssuer);
  const gateway = services.find(isGateway);
  if (!issuer) throw new Error(`${servicesDir}: no service.json has "role": "issuer"`);
  if (!gateway) throw new Error(`${servicesDir}: no service.json has "role": "gateway"`);
  const others = services.filter(({ role, url }) => !role && !url);
  return {
    issuer,
    gateway,
    behind: [issuer, ...others],
  };
}

/** Whether a service has a volume of secrets: its database's address or a key. */
export const hasSecrets = (service: ServiceJson): boolean =>
  Boolean(service.database) || hasClientKey(service) || isIssuer(service);
