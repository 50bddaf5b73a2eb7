import { RESOURCE_METADATA_PATH } from '@latchkey/service-kit/joining/resource-metadata';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';

export type ResourceServer = Pick<ServiceJson, 'name' | 'routes' | 'scopes'>;

/** What a client may learn of each route before it has a token: the metadata of RFC 9728. */
export interface ProtectedResources {
  /** The document at a path; undefined where no service claims the route. */
  find(path: string): object | undefined;
  /** Publishes these services from now on. */
  use(services: readonly ResourceServer[]): void;
}

export const isResourceMetadata = (path: string): boolean =>
  path === RESOURCE_METADATA_PATH || path.startsWith(`${RESOURCE_METADATA_PATH}/`);

/** @param issuer the public origin; without one nothing is published */
export function protectedResources(
  issuer: string | undefined,
  first: readonly ResourceServer[],
): ProtectedResources {
  const documentsOf = (services: readonly ResourceServer[]) =>
    new Map(
      services.flatMap((service) =>
        service.routes.map((route) => [
          `${RESOURCE_METADATA_PATH}${route}`,
          issuer === undefined ? undefined : documentOf(issuer, route, service),
        ]),
      ),
    );
  let documents = documentsOf(first);
  return {
    find: (path) => documents.get(path),
    use(services) {
      documents = documentsOf(services);
    },
  };
}

function documentOf(issuer: string, route: string, { name, scopes }: ResourceServer): object {
  const names = Object.keys(scopes);
  return {
    resource: `${issuer}${route}`,
    authorization_servers: [issuer],
    ...(names.length > 0 ? { scopes_supported: names } : {}),
    bearer_methods_supported: ['header'],
    resource_name: name,
    resource_documentation: `${issuer}/docs`,
  };
}
