import type { Page } from '@latchkey/service-kit/http/list-route';
import type { Tx } from '../database.ts';

/** A service of another repository, as its `service.json` would say it. */
export interface ResourceServer {
  name: string;
  audience: string;
  /** Scope -> description. */
  scopes: Record<string, string>;
  /** Role -> description. */
  roles: Record<string, string>;
}

/** What lets it ask here: the keys that it signs with, and what it may ask others for. */
export interface ResourceClient {
  jwks: object;
  scopes: string[];
}

export type ResourcePage = Pick<Page<'id', string, string>, 'after' | 'take'>;
export type ResourceRepository = ReturnType<typeof resourceRepository>;

const columns = { name: true, audience: true, scopes: true, roles: true } as const;

export function resourceRepository(db: Tx) {
  return {
    /** By name. */
    list: async ({ after, take }: ResourcePage): Promise<ResourceServer[]> =>
      (await db.resourceServer.findMany({
        where: { name: { gt: after?.id ?? '' } },
        orderBy: { name: 'asc' },
        select: columns,
        take,
      })) as ResourceServer[],

    /** Makes it, or brings it to this registration. */
    async save(resource: ResourceServer): Promise<void> {
      const { name } = resource;
      await db.resourceServer.upsert({ where: { name }, create: resource, update: resource });
    },

    /** False when there is none of this name. */
    async remove(name: string): Promise<boolean> {
      const { count } = await db.resourceServer.deleteMany({ where: { name } });
      return count === 1;
    },
  };
}
