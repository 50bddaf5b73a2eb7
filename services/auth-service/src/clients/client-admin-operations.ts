import { randomUUID } from 'node:crypto';
import { hashOf, newSecret } from '@latchkey/service-kit/http/secrets';
import type { AuditContext } from '../caller.ts';
import { problems } from '../errors.ts';
import { giveProgramName } from '../names/program-names.ts';
import type { Store } from '../store.ts';
import { DEFAULT_CLIENT_ID } from './client-authentication.ts';
import type { Client, ClientPage, ClientRepository, NewClient } from './client-repository.ts';
import { isDocumentUrl, urlFault } from './document-url.ts';
import { unregisteredClient } from './unregistered-client.ts';

export type ClientRegistration = Omit<NewClient, 'id' | 'secretHash'> & { id: string | undefined };

export interface ClientChange {
  name?: string | undefined;
  scopes?: string[] | undefined;
  redirectUris?: string[] | undefined;
  postLogoutUris?: string[] | undefined;
  /** Null for none. */
  backchannelLogoutUri?: string | null | undefined;
  backchannelLogoutSessionRequired?: boolean | undefined;
  disabled?: boolean | undefined;
}

export type ClientAdminOperations = ReturnType<typeof clientAdminOperations>;

/** A secret is 256 bits; what begins like this is found when it leaks into a repository. */
const newClientSecret = () => `latchkey_secret_${newSecret()}`;

const usesSecret = ({ authentication }: Pick<Client, 'authentication'>) =>
  authentication === 'client_secret_basic' || authentication === 'client_secret_post';

interface Dependencies {
  /** False with a shared secret. */
  signsWithKeys: boolean;
  now: () => number;
}

/** What an administrator does to clients; services are registered by their `service.json`. */
export function clientAdminOperations(
  { clients, transaction }: Pick<Store, 'clients' | 'transaction'>,
  { signsWithKeys, now }: Dependencies,
) {
  /** A receiver could not check a logout token under a shared secret, so none is sent. */
  const assertCanBeTold = (uri: string | null | undefined) => {
    if (uri && !signsWithKeys) throw problems.no_backchannel_logout();
  };

  return {
    list: (page: ClientPage): Promise<Client[]> => clients.list(page),

    /** @throws Problem `client_not_found` */
    read: (id: string): Promise<Client> => existing(clients, id),

    /**
     * The secret is returned once; only its hash is kept.
     *
     * @throws Problem `client_taken`, `client_is_username`, `no_backchannel_logout`
     */
    create: (registration: ClientRegistration, { actor, caller }: AuditContext) =>
      transaction(async ({ names, clients, audit }) => {
        assertCanBeTold(registration.backchannelLogoutUri);
        const { id = randomUUID(), ...rest } = registration;
        const given = await giveProgramName(names, id);
        if (given === 'taken_by_person') throw problems.client_is_username();
        if (given === 'taken_by_program') throw problems.client_taken();
        const secret = usesSecret(rest) ? newClientSecret() : undefined;
        const secretHash = secret === undefined ? null : hashOf(secret);
        const client = await clients.create({ ...rest, id, secretHash });
        if (!client) throw problems.client_taken();
        await audit.record({ type: 'client.created', actor, subject: id, clientId: id, caller });
        return { client, secret };
      }),

    /**
     * One that would come by its metadata document can be disabled before it ever does.
     *
     * @throws Problem `client_not_found`, `client_is_built_in`, `client_is_document`, `no_backchannel_logout`
     */
    change: (id: string, change: ClientChange, { actor, caller }: AuditContext): Promise<Client> =>
      transaction(async ({ clients, endings, audit }) => {
        assertCanBeTold(change.backchannelLogoutUri);
        const given = withoutUndefined(change);
        const { disabled, ...rest } = given;
        const at = new Date(now());
        if (disabled && isDocumentUrl(id) && urlFault(id) === undefined) {
          await clients.createFromDocument(unregisteredClient(id, at));
        }
        const isOnlySwitched = Object.keys(rest).length === 0;
        const { documentFetchedAt } = await ours(clients, id);
        if (documentFetchedAt !== null && !isOnlySwitched) throw problems.client_is_document();
        const disabledAt = disabled ? at : null;
        const update = { ...rest, ...(disabled === undefined ? {} : { disabledAt }) };
        const client = await endings.changeClient(id, update, at);
        const details = { changed: Object.keys(given), disabled: client.disabledAt !== null };
        const who = { actor, subject: id, clientId: id };
        await audit.record({ type: 'client.changed', ...who, caller, details });
        return client;
      }),

    /**
     * The one before stops at once.
     *
     * @throws Problem `client_not_found`, `client_is_built_in`, `client_has_no_secret`
     */
    rotateSecret: (id: string, { actor, caller }: AuditContext) =>
      transaction(async ({ clients, audit }) => {
        if (!usesSecret(await ours(clients, id))) throw problems.client_has_no_secret();
        const secret = newClientSecret();
        const client = await clients.replaceSecret(id, hashOf(secret));
        const who = { actor, subject: id, clientId: id };
        await audit.record({ type: 'client.secret_rotated', ...who, caller });
        return { client, secret };
      }),
  };
}

/** What is not given stays as it is. */
const withoutUndefined = <T extends object>(change: T) =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: Exclude<T[Name], undefined>;
  };

async function existing(clients: Pick<ClientRepository, 'find'>, id: string): Promise<Client> {
  const client = await clients.find(id);
  if (!client) throw problems.client_not_found();
  return client;
}

async function ours(clients: Pick<ClientRepository, 'find'>, id: string): Promise<Client> {
  const client = await existing(clients, id);
  if (id === DEFAULT_CLIENT_ID || client.audience !== null) throw problems.client_is_built_in();
  return client;
}
