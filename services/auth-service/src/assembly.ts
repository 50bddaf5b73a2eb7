import { resourceMetadataOf } from '@latchkey/service-kit/joining/resource-metadata';
import { readServices, type ServiceJson } from '@latchkey/service-kit/joining/service-json';
import type { Log } from '@latchkey/service-kit/process/log';
import type { AppDependencies } from './app-dependencies.ts';
import { startLogoutDelivery } from './backchannel-logout/logout-delivery.ts';
import { type Outbound, openDocumentClients } from './client-documents/open-document-clients.ts';
import { registerServiceClients } from './clients/service-clients.ts';
import type { Config } from './config.ts';
import { openSigning } from './keys/signing.ts';
import { createLimits } from './limits/limits.ts';
import { createPasswordHasher } from './passwords/password-hasher.ts';
import { openCatalog } from './resources/open-catalog.ts';
import { openIssuingLists } from './revocation/issuing-lists.ts';
import { openStatusLists } from './status-lists/status-lists.ts';
import type { Store } from './store.ts';

interface Parts {
  config: Config;
  service: ServiceJson;
  store: Store;
  log: Log;
  now: () => number;
  outbound?: Outbound;
}

const CATALOG_POLL_MS = 2_000;

/** What the app is made of, put together from a configuration; the same in `main` and in tests. */
export async function assemble({
  outbound = {},
  ...parts
}: Parts): Promise<Omit<AppDependencies, 'health'>> {
  const { config, service, store, log, now } = parts;
  const { profile, accessTokenSeconds } = config.grants;
  const isMinimal = profile === 'minimal';
  const services = readServices(config.servicesDir);
  const catalog = await openCatalog(store.resources, { services, log, pollMs: CATALOG_POLL_MS });
  const signing = await openSigning(store, {
    config,
    audience: service.audience ?? service.name,
    ...resourceMetadataOf(config.tokens.issuer, service),
    catalog: catalog.current,
    defaultScopes: personalScopes(service),
    log,
    now,
  });
  const { issuer } = config.tokens;
  const { signer } = signing;
  await registerServiceClients(store, {
    log,
    services,
    keys: config.serviceClients,
    issuer,
    now,
  });
  const statusLists = isMinimal
    ? undefined
    : openStatusLists(store.statusLists, {
        issuer,
        signing,
        retainKeysMs: config.keys?.policy.retainMs,
        listenerLimit: config.statusListeners,
        log,
        now,
      });
  const limits = createLimits(store.counters, config.limits);
  return {
    ...parts,
    services,
    catalog,
    signing,
    documentClients:
      isMinimal || !config.clientDocuments
        ? undefined
        : openDocumentClients(store, {
            issuer: config.tokens.issuer,
            internalHosts: config.clientDocuments.internalHosts,
            outbound,
            catalog: catalog.current,
            limits,
            log,
            now,
          }),
    issuingLists: isMinimal
      ? undefined
      : openIssuingLists(store.issuingLists, { log, accessTokenSeconds, now }),
    statusLists,
    logoutDelivery: signing.keys && startLogoutDelivery(store, { issuer, signer, log, now }),
    hasher: await createPasswordHasher(config.hasher),
    limits,
  };
}

/**
 * The parts for the services that there are now; sessions and keys stay.
 *
 * @throws Error in one line when they cannot be used; those known before still are then
 */
export async function reassemble(
  parts: Omit<AppDependencies, 'health'>,
  { servicesDir, serviceClients: keys }: Pick<Config, 'servicesDir' | 'serviceClients'>,
): Promise<typeof parts> {
  const { store, log, catalog, config, now } = parts;
  const { issuer } = config.tokens;
  const services = readServices(servicesDir);
  catalog.useServices(services);
  try {
    await registerServiceClients(store, { log, services, keys, issuer, now });
  } catch (error) {
    catalog.useServices(parts.services);
    throw error;
  }
  return { ...parts, services };
}

/** A token that names no scopes may do here what any person may, never what an admin may. */
const personalScopes = ({ scopes }: ServiceJson) =>
  Object.keys(scopes).filter((scope) => scope !== 'admin');
