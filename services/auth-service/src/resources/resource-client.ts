import { TOKEN_EXCHANGE } from '../clients/grant-types.ts';
import { problems } from '../errors.ts';
import type { Transaction } from '../store.ts';
import type { ResourceClient, ResourceServer } from './resource-repository.ts';

type Clients = Pick<Transaction, 'clients' | 'endings'>;

/**
 * Makes a resource server the client of its name, for its audience alone, as a service with `client`
 * in its `service.json` is; without keys it is none any more.
 *
 * @throws Problem `resource_is_client` when an administrator registered another client under its name
 */
export async function keepResourceClient(
  { clients, endings }: Clients,
  { name, audience }: ResourceServer,
  client: ResourceClient | undefined,
  at: Date,
): Promise<void> {
  if (!client) return endResourceClient({ clients, endings }, name, at);
  const before = await clients.find(name);
  if (before && before.audience === null) throw problems.resource_is_client();
  const registration = {
    name,
    authentication: 'private_key_jwt' as const,
    secretHash: null,
    jwks: client.jwks,
    grantTypes: [TOKEN_EXCHANGE],
    scopes: client.scopes,
    redirectUris: [],
    firstParty: false,
    audience,
  };
  if (await clients.create({ ...registration, id: name })) return;
  await endings.changeClient(name, { ...registration, disabledAt: null }, at);
}

/** A client that an administrator registered under the same name stays. */
export async function endResourceClient(
  { clients, endings }: Clients,
  name: string,
  at: Date,
): Promise<void> {
  const client = await clients.find(name);
  if (!client || client.audience === null || client.disabledAt !== null) return;
  await endings.changeClient(name, { disabledAt: at }, at);
}
