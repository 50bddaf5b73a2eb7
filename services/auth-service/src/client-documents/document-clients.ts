import { isDeepStrictEqual } from 'node:util';
import { networkOf } from '@latchkey/service-kit/http/client-network';
import type { Log } from '@latchkey/service-kit/process/log';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../caller.ts';
import type { Client } from '../clients/client-repository.ts';
import { DocumentError } from '../clients/document-error.ts';
import { isDocumentUrl } from '../clients/document-url.ts';
import type { FindClient } from '../clients/find-client.ts';
import { unregisteredClient } from '../clients/unregistered-client.ts';
import type { Limits } from '../limits/limits.ts';
import { type CurrentCatalog, isForStrangers } from '../scopes/scope-catalog.ts';
import type { Store } from '../store.ts';
import type { DocumentWithKeys, ReadClientDocument } from './document-reader.ts';

interface Dependencies {
  readDocument: ReadClientDocument;
  catalog: CurrentCatalog;
  limits: Pick<Limits, 'countClientDocument'>;
  log: Log;
  now: () => number;
}

/** What a document's headers say is kept to within these. */
const MIN_FRESH_MS = 60_000;
const MAX_FRESH_MS = 3_600_000;
/** So long after a failure nothing is fetched. */
const FAILURE_MS = 30_000;
/** While its host is away, a client that people use goes on for so long. */
const MAX_STALE_MS = 24 * 3_600_000;
const MAX_KNOWN = 500;
const MAX_FETCHES = 16;
/** Of these, by one network: a few strangers with slow documents leave room for the others. */
const MAX_FETCHES_PER_NETWORK = 4;

type Known = { client: Client } | { failure: DocumentError; untilMs: number };

/** What a document decides; a change of it is in the audit record. */
const DECIDED = ['name', 'authentication', 'grantTypes', 'redirectUris', 'scopes', 'jwks'] as const;

/**
 * Makes the function that finds clients by their metadata documents besides the registered ones.
 * Until a person allows such a client something it is known in memory only, so that a stranger fills
 * no table; from then on its row has what the document said last, for every instance.
 */
export function documentClients(
  { clients, transaction }: Pick<Store, 'clients' | 'transaction'>,
  { readDocument, catalog, limits, log, now }: Dependencies,
): FindClient {
  const known = new LRUCache<string, Known>({ max: MAX_KNOWN });
  const running = new Map<string, { network: string; client: Promise<Client> }>();

  const findFresh = (id: string, row: Client | null, notBeforeMs: number) => {
    const found = known.get(id);
    if (found && 'failure' in found && found.untilMs > now()) throw found.failure;
    const client = row ?? (found && 'client' in found ? found.client : undefined);
    if (!client) return undefined;
    const { fetchedAtMs, expiresAtMs } = timesOf(client);
    return expiresAtMs > now() && fetchedAtMs >= notBeforeMs ? client : undefined;
  };

  /** At most one fetch at a time for each. */
  const fetchOnce = async (id: string, row: Client | null, caller: Caller): Promise<Client> => {
    const already = running.get(id);
    if (already) return already.client;
    const network = networkOf(caller.address);
    const ofNetwork = [...running.values()].filter((each) => each.network === network);
    if (running.size >= MAX_FETCHES || ofNetwork.length >= MAX_FETCHES_PER_NETWORK) {
      throw new DocumentError('cannot be fetched right now', { isTemporary: true });
    }
    const client = fetchAnew(id, row, caller).finally(() => running.delete(id));
    running.set(id, { network, client });
    return client;
  };

  const fetchAnew = async (id: string, row: Client | null, caller: Caller): Promise<Client> => {
    await limits.countClientDocument(caller);
    try {
      const fetched = toClient(id, row, await readDocument(id));
      if (row) return await keep(row, fetched, caller);
      known.set(id, { client: fetched });
      return fetched;
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      log.info({ err: error, clientId: id }, 'a client metadata document is of no use');
      known.set(id, { failure: error, untilMs: now() + FAILURE_MS });
      throw error;
    }
  };

  const toClient = (id: string, row: Client | null, document: DocumentWithKeys): Client => {
    const { freshMs, jwks, scopes, ...said } = document;
    const at = now();
    const kept = Math.min(Math.max(freshMs, MIN_FRESH_MS), MAX_FRESH_MS);
    // A service that is away for a moment takes no scope from a client that had it.
    const offered = new Set([...catalog().scopes, ...(row?.scopes ?? [])]);
    return {
      ...(row ?? unregisteredClient(id, new Date(at))),
      ...said,
      jwks: (jwks ?? null) as Client['jwks'],
      scopes: [...offered].filter(
        (scope) => isForStrangers(catalog(), scope) && (scopes?.includes(scope) ?? true),
      ),
      documentFetchedAt: new Date(at),
      documentExpiresAt: new Date(at + kept),
    };
  };

  const keep = (row: Client, fetched: Client, caller: Caller): Promise<Client> =>
    transaction(async ({ endings, audit }) => {
      const { id } = row;
      const { jwks, ...fields } = decidedBy(fetched);
      const changed = DECIDED.filter(
        (name) =>
          // Keys that are not used any more stay in the row.
          !(name === 'jwks' && jwks === null) && !isDeepStrictEqual(row[name], fetched[name]),
      );
      const change = { ...fields, ...(jwks ? { jwks: jwks as object } : {}) };
      const client = await endings.changeClient(id, change, new Date(now()));
      if (changed.length > 0) {
        const who = { actor: id, subject: id, clientId: id, caller };
        await audit.record({
          type: 'client.changed',
          ...who,
          details: { changed, document: true },
        });
      }
      return client;
    });

  return async (id, caller, { fetchedWithinMs = Number.POSITIVE_INFINITY } = {}) => {
    if (!isDocumentUrl(id)) return clients.findEnabled(id);
    const row = await clients.find(id);
    if (row && row.documentFetchedAt === null) return clients.findEnabled(id);
    if (row?.disabledAt) return null;
    const oldestMs = now() - Math.max(fetchedWithinMs, MIN_FRESH_MS);
    try {
      return findFresh(id, row, oldestMs) ?? (await fetchOnce(id, row, caller));
    } catch (error) {
      const isAway = error instanceof DocumentError && error.isTemporary;
      if (row && isAway && now() - timesOf(row).fetchedAtMs < MAX_STALE_MS) return row;
      throw error;
    }
  };
}

const decidedBy = (client: Client) => ({
  name: client.name,
  authentication: client.authentication,
  grantTypes: client.grantTypes,
  redirectUris: client.redirectUris,
  scopes: client.scopes,
  jwks: client.jwks,
  documentFetchedAt: client.documentFetchedAt,
  documentExpiresAt: client.documentExpiresAt,
});

const timesOf = ({ documentFetchedAt, documentExpiresAt }: Client) => ({
  fetchedAtMs: documentFetchedAt?.getTime() ?? 0,
  expiresAtMs: documentExpiresAt?.getTime() ?? 0,
});
