import { isGateway, isIssuer } from './roles.ts';
import type { ServiceJson } from './service-json.ts';

/**
 * The services whose addresses a service is given: the gateway all of them, any other the issuer and
 * those whose scopes its `client` asks for.
 */
export function calledServices(
  service: ServiceJson,
  services: readonly ServiceJson[],
): readonly ServiceJson[] {
  const asked = service.client?.scopes ?? [];
  return services.filter(
    (other) =>
      other !== service &&
      (isGateway(service) ||
        isIssuer(other) ||
        asked.some((scope) => Object.hasOwn(other.scopes, scope))),
  );
}
