import type { Client } from './client-repository.ts';

type Named = Pick<Client, 'id' | 'name' | 'documentFetchedAt'>;

/** Who answers for a client that nobody registered; its name is only what it calls itself. */
export const hostOfClient = ({ id, documentFetchedAt }: Named): string | undefined =>
  documentFetchedAt === null ? undefined : new URL(id).host;

/** How a person is shown a client in the middle of a text. */
export function labelOfClient(client: Named): string {
  const host = hostOfClient(client);
  return host === undefined || host === client.name ? client.name : `${client.name} (${host})`;
}
