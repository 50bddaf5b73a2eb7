import { isDeepStrictEqual } from 'node:util';
import { isDatabaseAway } from '@latchkey/database/client';
import { assertNoConflicts } from '@latchkey/service-kit/joining/service-conflicts';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import type { Log } from '@latchkey/service-kit/process/log';
import { type CurrentCatalog, type ScopeCatalog, scopeCatalog } from '../scopes/scope-catalog.ts';
import type { ResourceRepository, ResourceServer } from './resource-repository.ts';

/** The catalogue is read whole. */
export const MAX_RESOURCES = 200;

/** What services and resource servers bring, as this instance knows it. */
export interface Catalog {
  current: CurrentCatalog;
  /** Reads the registered resource servers anew. */
  refresh(): Promise<void>;
  /** @throws Error in one line when one of them claims what a resource server has */
  useServices(services: readonly ServiceJson[]): void;
  close(): Promise<void>;
}

interface Dependencies {
  services: readonly ServiceJson[];
  log: Log;
  /** How often the database is asked whether a resource server came, changed or left. */
  pollMs: number;
}

/**
 * Follows the registered resource servers. While the database is away it keeps what it has; one that
 * is away at the start is waited for.
 *
 * @throws Error in one line when a service claims what a resource server has
 */
export async function openCatalog(
  resources: Pick<ResourceRepository, 'list'>,
  { services: first, log, pollMs }: Dependencies,
): Promise<Catalog> {
  let services = first;
  let known: ResourceServer[] = [];
  let snapshot = scopeCatalog(services);
  const read = async () => {
    const rows = await readResources(resources);
    if (isDeepStrictEqual(rows, known)) return;
    snapshot = joinedCatalog(services, rows);
    known = rows;
    log.info({ resources: rows.map(({ name }) => name) }, 'registered resource servers');
  };
  // One after the other: a change is seen by a reading that began after it.
  let last = Promise.resolve();
  const refresh = () => {
    last = last.catch(() => undefined).then(read);
    return last;
  };

  await refresh().catch((err: unknown) => {
    if (!isDatabaseAway(err)) throw err;
    log.warn({ err }, 'no resource servers yet: the database is away');
  });
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const poll = async () => {
    await refresh().catch((err: unknown) => log.error({ err }, 'resource servers not read'));
    if (!closed) schedule();
  };
  const schedule = () => {
    timer = setTimeout(poll, pollMs).unref();
  };
  schedule();

  return {
    current: () => snapshot,
    refresh,
    useServices(next) {
      snapshot = joinedCatalog(next, known);
      services = next;
    },
    async close() {
      closed = true;
      await last.catch(() => undefined);
      clearTimeout(timer);
    },
  };
}

export const readResources = (resources: Pick<ResourceRepository, 'list'>) =>
  resources.list({ after: undefined, take: MAX_RESOURCES });

/** @throws Error in one line when two claim the same */
export function joinedCatalog(
  services: readonly ServiceJson[],
  resources: readonly ResourceServer[],
): ScopeCatalog {
  const all = [...services, ...resources.map((resource) => ({ ...resource, routes: [] }))];
  assertNoConflicts(all);
  return scopeCatalog(all);
}
