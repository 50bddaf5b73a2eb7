import { isDatabaseAway } from '@latchkey/database/client';
import {
  DOCS_CALLBACK_PATH,
  DOCS_CLIENT_ID,
  isGateway,
  SESSION_CALLBACK_PATH,
} from '@latchkey/service-kit/joining/roles';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import type { Log } from '@latchkey/service-kit/process/log';
import { z } from 'zod';
import type { NameRepository } from '../names/name-repository.ts';
import { giveProgramName, renewProgramNames } from '../names/program-names.ts';
import type { Repositories, Store } from '../store.ts';
import type { ClientRepository, NewClient } from './client-repository.ts';
import { TOKEN_EXCHANGE } from './grant-types.ts';
import { publicJwks } from './public-jwks.ts';

const RETRY_MS = 2_000;

type Registration = Omit<NewClient, 'id' | 'jwks'>;

/** A service that acts on people's behalf. */
const serviceClient = ({ name, audience = name, client }: ServiceJson): Registration | undefined =>
  client && {
    name,
    authentication: 'private_key_jwt',
    secretHash: null,
    grantTypes: [TOKEN_EXCHANGE],
    scopes: client.scopes,
    redirectUris: [],
    firstParty: false,
    audience,
  };

/** The gateway, which signs people in for the browser and keeps their tokens out of it. */
const browserClient = ({ name: audience }: ServiceJson, issuer: string): Registration => ({
  name: 'Browser',
  authentication: 'private_key_jwt',
  secretHash: null,
  grantTypes: ['authorization_code', 'refresh_token'],
  scopes: [],
  redirectUris: [`${issuer}${SESSION_CALLBACK_PATH}`],
  postLogoutUris: [`${issuer}/`],
  firstParty: true,
  followsScopes: true,
  audience,
});

/** The gateway's `/docs`, a page without a secret. */
const docsClient = ({ name: audience }: ServiceJson, issuer: string): Registration => ({
  name: 'API documentation',
  authentication: 'none',
  secretHash: null,
  grantTypes: ['authorization_code', 'password'],
  scopes: [],
  redirectUris: [`${issuer}${DOCS_CALLBACK_PATH}`],
  firstParty: true,
  audience,
});

/** Service name -> its JWK Set, as JSON text. */
export const serviceClientsText = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON: service name -> JWK Set' });
      return z.NEVER;
    }
  })
  .pipe(z.record(z.string(), publicJwks));

export type ServiceClientKeys = z.output<typeof serviceClientsText>;

interface Dependencies {
  log: Log;
  services: readonly ServiceJson[];
  keys: ServiceClientKeys;
  issuer: string;
  now: () => number;
}

/**
 * Registers the services that act on people's behalf, each with the scopes that its `service.json`
 * asks for and the keys that the environment gives, and the gateway's pages. A database that is away is waited for.
 *
 * @throws Error in one line when a service has the name of a person or of another client
 */
export async function registerServiceClients(
  store: Pick<Store, 'transaction'>,
  deps: Dependencies,
): Promise<void> {
  try {
    await saveServiceClients(store, deps);
  } catch (err) {
    if (!isDatabaseAway(err)) throw err;
    deps.log.warn({ err }, 'service clients not registered yet: the database is away');
    setTimeout(() => void registerServiceClients(store, deps), RETRY_MS).unref();
  }
}

function saveServiceClients(
  { transaction }: Pick<Store, 'transaction'>,
  { log, services, keys, issuer, now }: Dependencies,
): Promise<void> {
  return transaction(async (repositories) => {
    const { names, clients } = repositories;
    await claimNames(names, log, services);
    const save = async (client: NewClient) => {
      const { id, ...change } = client;
      const isNew = await clients.create(client);
      if (!isNew) await repositories.endings.changeClient(id, change, new Date(now()));
    };
    const gateway = services.find(isGateway);
    if (gateway && (await canBeDocs(repositories, log))) {
      await save({ ...docsClient(gateway, issuer), jwks: undefined, id: DOCS_CLIENT_ID });
    }
    for (const service of services) {
      const { name } = service;
      const jwks = keys[name];
      const client = isGateway(service) ? browserClient(service, issuer) : serviceClient(service);
      if (!client || !jwks) continue;
      await keepClientsOfOthers(clients, name);
      await save({ ...client, jwks, id: name });
    }
  });
}

/** What services go by, each once. */
export const namesOf = (services: readonly ServiceJson[]): string[] => [
  ...new Set(services.flatMap(({ name, audience = name }) => [name, audience])),
];

async function claimNames(
  names: NameRepository,
  log: Log,
  services: readonly ServiceJson[],
): Promise<void> {
  const namesakes = await renewProgramNames(names, namesOf(services));
  const same = namesakes.find(({ name, username }) => name === username);
  if (same) {
    throw new Error(
      `service.json: ${same.name} is the username of a person, deleted perhaps, and usernames are never given out again; choose another name or audience for the service`,
    );
  }
  // Two `sub` that look alike still differ, which is no reason to refuse to start.
  if (namesakes.length > 0) log.warn({ namesakes }, 'usernames that look like names of services');
}

/** A service must not take over what an administrator registered under its name. */
async function keepClientsOfOthers(
  clients: Pick<ClientRepository, 'find'>,
  name: string,
): Promise<void> {
  const client = await clients.find(name);
  if (!client || client.audience !== null) return;
  throw new Error(
    `service.json: ${name} is already the client_id of another client; choose another name for the service`,
  );
}

/** A person or an administrator's client of that name, from before there was such a page, keeps it. */
async function canBeDocs(
  { names, clients }: Pick<Repositories, 'names' | 'clients'>,
  log: Log,
): Promise<boolean> {
  const given = await giveProgramName(names, DOCS_CLIENT_ID);
  const known = await clients.find(DOCS_CLIENT_ID);
  const isFree = known ? known.audience !== null : given === 'given';
  if (!isFree) log.warn({ name: DOCS_CLIENT_ID }, 'the name is taken: nobody can sign in at /docs');
  return isFree;
}
