import type { Caller } from '../caller.ts';
import type { Client, ClientRepository } from './client-repository.ts';
import { isDocumentUrl } from './document-url.ts';

interface FindOptions {
  /** What is known of the client is no older than this, if that matters; as its document allows by default. */
  fetchedWithinMs?: number;
}

/**
 * The client of a `client_id`; null when there is none, or it is disabled.
 *
 * @throws DocumentError when its metadata document is of no use
 */
export type FindClient = (
  id: string,
  caller: Caller,
  options?: FindOptions,
) => Promise<Client | null>;

/** Finds those alone that an administrator, or a `service.json`, brought in. */
export const registeredClients =
  ({ findEnabled }: Pick<ClientRepository, 'findEnabled'>): FindClient =>
  async (id) =>
    isDocumentUrl(id) ? null : findEnabled(id);
