import { ServiceConflict } from '@latchkey/service-kit/joining/service-conflicts';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import type { AuditContext } from '../caller.ts';
import { problems } from '../errors.ts';
import { giveProgramName } from '../names/program-names.ts';
import type { ScopeCatalog } from '../scopes/scope-catalog.ts';
import type { Store } from '../store.ts';
import { joinedCatalog, MAX_RESOURCES, readResources } from './open-catalog.ts';
import { endResourceClient, keepResourceClient } from './resource-client.ts';
import type { ResourceClient, ResourcePage, ResourceServer } from './resource-repository.ts';

interface Dependencies {
  services: readonly ServiceJson[];
  /** So that this instance knows at once; the others look every few seconds. */
  refresh(): Promise<void>;
  now: () => number;
}

export type ResourceOperations = ReturnType<typeof resourceOperations>;

/** Services of other repositories: they bring scopes and roles, as a `service.json` does. */
export function resourceOperations(
  { resources, transaction }: Pick<Store, 'resources' | 'transaction'>,
  { services, refresh, now }: Dependencies,
) {
  return {
    list: (page: ResourcePage): Promise<ResourceServer[]> => resources.list(page),

    /**
     * Registers it, or changes its registration.
     *
     * @throws Problem `resource_conflict`, `resource_is_username`, `resource_is_client`,
     *   `resource_scope_unknown`, `too_many_resources`
     */
    async save(
      resource: ResourceServer,
      client: ResourceClient | undefined,
      by: AuditContext,
    ): Promise<ResourceServer> {
      await transaction(async ({ names, clients, endings, resources, audit }) => {
        for (const name of new Set([resource.name, resource.audience])) {
          const given = await giveProgramName(names, name);
          if (given === 'taken_by_person') throw problems.resource_is_username();
        }
        // Names are held, so that two registrations at once see each other.
        const all = await readResources(resources);
        const others = all.filter(({ name }) => name !== resource.name);
        if (others.length === MAX_RESOURCES) throw problems.too_many_resources();
        const catalog = fitted(services, [...others, resource]);
        const unknown = client?.scopes.find((scope) => !catalog.audienceByScope.has(scope));
        if (unknown !== undefined) {
          const detail = `client.scopes: ${unknown} is not a scope of any service.`;
          throw problems.resource_scope_unknown({ detail });
        }
        await resources.save(resource);
        await keepResourceClient({ clients, endings }, resource, client, new Date(now()));
        const { name: subject, audience, scopes, roles } = resource;
        const details = {
          audience,
          scopes: Object.keys(scopes),
          roles: Object.keys(roles),
          client: client ? { scopes: client.scopes } : null,
        };
        const type = others.length === all.length ? 'resource.registered' : 'resource.changed';
        await audit.record({ type, ...by, subject, details });
      });
      await refresh();
      return resource;
    },

    /** @throws Problem `resource_not_found` */
    async remove(name: string, by: AuditContext): Promise<void> {
      await transaction(async ({ clients, endings, resources, audit }) => {
        if (!(await resources.remove(name))) throw problems.resource_not_found();
        await endResourceClient({ clients, endings }, name, new Date(now()));
        await audit.record({ type: 'resource.removed', ...by, subject: name });
      });
      await refresh();
    },
  };
}

function fitted(
  services: readonly ServiceJson[],
  resources: readonly ResourceServer[],
): ScopeCatalog {
  try {
    return joinedCatalog(services, resources);
  } catch (cause) {
    if (!(cause instanceof ServiceConflict)) throw cause;
    throw problems.resource_conflict({ detail: `Choose another one: ${cause.conflict}.`, cause });
  }
}
