import type { Log } from '@latchkey/service-kit/process/log';
import type { FindClient } from '../clients/find-client.ts';
import type { Limits } from '../limits/limits.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import type { Store } from '../store.ts';
import { documentClients } from './document-clients.ts';
import { documentReader } from './document-reader.ts';
import { guardedFetch } from './guarded-fetch.ts';
import { hostAddresses, type Resolve, resolveByDns, resolveByLookup } from './host-addresses.ts';

/** How other hosts are reached; as usual where nothing is given. */
export interface Outbound {
  /** Certificates to trust in place of the usual ones. */
  ca?: string;
  resolve?: Resolve;
  timeoutMs?: number;
}

interface Dependencies {
  issuer: string;
  internalHosts: readonly string[];
  outbound: Outbound;
  catalog: CurrentCatalog;
  limits: Pick<Limits, 'countClientDocument'>;
  log: Log;
  now: () => number;
}

/** Clients that nobody registered, with all that fetching their documents takes. */
export function openDocumentClients(
  store: Pick<Store, 'clients' | 'transaction'>,
  { issuer, internalHosts, outbound, ...deps }: Dependencies,
): FindClient {
  const { ca, resolve, timeoutMs } = outbound;
  const resolvers = {
    internal: resolve ?? resolveByLookup,
    external: resolve ?? resolveByDns(),
  };
  const addressesOf = hostAddresses({ internalHosts, resolve: resolvers });
  const fetchJson = guardedFetch({ addressesOf, ca });
  const readDocument = documentReader({ fetchJson, issuer, timeoutMs });
  return documentClients(store, { readDocument, ...deps });
}
