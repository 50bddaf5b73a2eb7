import { randomBytes, randomUUID } from 'node:crypto';
import type { Page } from '@latchkey/service-kit/http/list-route';
import { record } from '../audit/audit-repository.ts';
import type { AuditContext } from '../caller.ts';
import { type Database, inTransaction, type Tx } from '../database.ts';
import { problems } from '../errors.ts';
import { giveProgramName } from '../names/program-names.ts';
import { DEFAULT_CLIENT_ID, hashSecret } from './client-authentication.ts';
import {
  type Client,
  createClient,
  findAnyClient,
  listClients,
  type NewClient,
  updateClient,
} from './client-repository.ts';

export type ClientRegistration = Omit<NewClient, 'id' | 'secretHash'> & { id: string | undefined };

export interface ClientChange {
  name?: string | undefined;
  scopes?: string[] | undefined;
  redirectUris?: string[] | undefined;
  disabled?: boolean | undefined;
}

export type ClientAdminOperations = ReturnType<typeof clientAdminOperations>;

/** A secret is 256 bits; what begins like this is found when it leaks into a repository. */
const newSecret = () => `latchkey_secret_${randomBytes(32).toString('base64url')}`;

const usesSecret = ({ authentication }: Pick<Client, 'authentication'>) =>
  authentication === 'client_secret_basic' || authentication === 'client_secret_post';

/** What an administrator does to clients; services are registered by their `service.json`. */
export function clientAdminOperations({ db, now }: { db: Database; now: () => number }) {
  return {
    list: ({ after, take }: Pick<Page<'id', string, string>, 'after' | 'take'>) =>
      listClients(db, after?.id ?? '', take),

    /** @throws Problem `client_not_found` */
    read: (id: string): Promise<Client> => existing(db, id),

    /**
     * The secret is returned once; only its hash is kept.
     *
     * @throws Problem `client_taken`, `client_is_username`
     */
    create: (registration: ClientRegistration, { actor, caller }: AuditContext) =>
      inTransaction(db, async (tx) => {
        const { id = randomUUID(), ...rest } = registration;
        const given = await giveProgramName(tx, id);
        if (given === 'taken_by_person') throw problems.client_is_username();
        if (given === 'taken_by_program') throw problems.client_taken();
        const secret = usesSecret(rest) ? newSecret() : undefined;
        const secretHash = secret === undefined ? null : hashSecret(secret);
        const client = await createClient(tx, { ...rest, id, secretHash });
        if (!client) throw problems.client_taken();
        await record(tx, { type: 'client.created', actor, subject: id, clientId: id, caller });
        return { client, secret };
      }),

    /** @throws Problem `client_not_found`, `client_is_built_in` */
    change: (id: string, change: ClientChange, { actor, caller }: AuditContext): Promise<Client> =>
      inTransaction(db, async (tx) => {
        await ours(tx, id);
        const { name, scopes, redirectUris, disabled } = change;
        const client = await updateClient(tx, id, {
          ...(name === undefined ? {} : { name }),
          ...(scopes === undefined ? {} : { scopes }),
          ...(redirectUris === undefined ? {} : { redirectUris }),
          ...(disabled === undefined ? {} : { disabledAt: disabled ? new Date(now()) : null }),
        });
        const details = { changed: Object.keys(change), disabled: client.disabledAt !== null };
        const who = { actor, subject: id, clientId: id };
        await record(tx, { type: 'client.changed', ...who, caller, details });
        return client;
      }),

    /**
     * The one before stops at once.
     *
     * @throws Problem `client_not_found`, `client_is_built_in`, `client_has_no_secret`
     */
    rotateSecret: (id: string, { actor, caller }: AuditContext) =>
      inTransaction(db, async (tx) => {
        if (!usesSecret(await ours(tx, id))) throw problems.client_has_no_secret();
        const secret = newSecret();
        const client = await updateClient(tx, id, { secretHash: hashSecret(secret) });
        const who = { actor, subject: id, clientId: id };
        await record(tx, { type: 'client.secret_rotated', ...who, caller });
        return { client, secret };
      }),
  };
}

async function existing(tx: Tx, id: string): Promise<Client> {
  const client = await findAnyClient(tx, id);
  if (!client) throw problems.client_not_found();
  return client;
}

async function ours(tx: Tx, id: string): Promise<Client> {
  const client = await existing(tx, id);
  if (id === DEFAULT_CLIENT_ID || client.audience !== null) throw problems.client_is_built_in();
  return client;
}
