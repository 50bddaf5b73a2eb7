import type { ClientRepository } from '../clients/client-repository.ts';
import { TOKEN_EXCHANGE } from '../clients/grant-types.ts';
import { problems } from '../errors.ts';
import type { ResourceClient, ResourceServer } from './resource-repository.ts';

type Clients = Pick<ClientRepository, 'find' | 'save' | 'update'>;

/**
 * Makes a resource server the client of its name, for its audience alone, as a service with `client`
 * in its `service.json` is; without keys it is none any more.
 *
 * @throws Problem `resource_is_client` when an administrator registered another client under its name
 */
export async function keepResourceClient(
  clients: Clients,
  { name, audience }: ResourceServer,
  client: ResourceClient | undefined,
): Promise<void> {
  if (!client) return endResourceClient(clients, name);
  const before = await clients.find(name);
  if (before && before.audience === null) throw problems.resource_is_client();
  await clients.save({
    id: name,
    name,
    authentication: 'private_key_jwt',
    secretHash: null,
    jwks: client.jwks,
    grantTypes: [TOKEN_EXCHANGE],
    scopes: client.scopes,
    redirectUris: [],
    firstParty: false,
    audience,
  });
}

/** A client that an administrator registered under the same name stays. */
export async function endResourceClient(clients: Clients, name: string): Promise<void> {
  const client = await clients.find(name);
  if (!client || client.audience === null || client.disabledAt !== null) return;
  await clients.update(name, { disabledAt: new Date() });
}
