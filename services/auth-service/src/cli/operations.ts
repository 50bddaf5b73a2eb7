import { userInfo } from 'node:os';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { type Env, parseEnv } from '@latchkey/service-kit/process/config';
import { loadConfig } from '@latchkey/service-kit/process/serve';
import { accountOperations } from '../accounts/account-operations.ts';
import { userAdminOperations } from '../accounts/user-admin-operations.ts';
import { appOperations } from '../apps/app-operations.ts';
import { auditOperations } from '../audit/audit-operations.ts';
import { type AuditContext, systemCaller } from '../caller.ts';
import { clientAdminOperations } from '../clients/client-admin-operations.ts';
import { namesOf } from '../clients/service-clients.ts';
import { envSchema, toKeyConfig } from '../config.ts';
import { problems } from '../errors.ts';
import { keyOperations } from '../keys/key-operations.ts';
import { renewProgramNames } from '../names/program-names.ts';
import { createPasswordHasher, type PasswordHasher } from '../passwords/password-hasher.ts';
import { joinedCatalog, readResources } from '../resources/open-catalog.ts';
import { resourceOperations } from '../resources/resource-operations.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import { sessionOperations } from '../sessions/session-operations.ts';
import type { Store } from '../store.ts';
import { withStore } from './store.ts';

const cliEnv = envSchema.pick({
  SERVICES_DIR: true,
  REFRESH_TOKEN_SECONDS: true,
  JWT_ALG: true,
});
const keyEnv = envSchema.pick({
  JWT_ALG: true,
  KEY_ENCRYPTION_KEY: true,
  KEY_ENCRYPTION_KEY_PREVIOUS: true,
  KEY_ROTATION_SECONDS: true,
  KEY_PUBLISH_AHEAD_SECONDS: true,
  ACCESS_TOKEN_SECONDS: true,
});

const load = <T>(parse: (env: Env) => T): T => loadConfig('auth', parse, process.env);
const readCliEnv = () => load((env) => parseEnv(cliEnv, env));
const servicesOnDisk = () => readServices(readCliEnv().SERVICES_DIR);

/** The same operations as the service's, on its database; the service need not run. */
export const withOperations = <T>(work: (operations: Operations) => Promise<T>): Promise<T> =>
  withStore((store) => work(operationsOn(store)));

/** The first rows of a list, and whether there are more. */
export async function firstRows<Row>(
  limit: number,
  list: (operations: Operations, page: { after: undefined; take: number }) => Promise<Row[]>,
): Promise<{ rows: Row[]; isMore: boolean }> {
  const page = { after: undefined, take: limit + 1 };
  const rows = await withOperations((operations) => list(operations, page));
  return { rows: rows.slice(0, limit), isMore: rows.length > limit };
}

export type Operations = ReturnType<typeof operationsOn>;

function operationsOn(store: Store) {
  const now = Date.now;
  // A hasher costs a hash itself: made for the one command that needs it.
  const hash: PasswordHasher['hash'] = async (password, caller) =>
    (await createPasswordHasher({ concurrency: 1, queue: 1 })).hash(password, caller);
  const accounts = accountOperations(store, { hasher: { hash }, now });
  const { REFRESH_TOKEN_SECONDS: idleSeconds, JWT_ALG } = readCliEnv();
  const sessions = sessionOperations(store, { idleSeconds, now });
  return {
    accounts,
    // The service sends the mail, if it sends any; if not, the row expires.
    users: userAdminOperations(store, { accounts, sessions, sendsMail: true, now }),
    clients: clientAdminOperations(store, { signsWithKeys: JWT_ALG !== 'HS256', now }),
    apps: appOperations(store, { now }),
    audit: auditOperations(store.audit),
    keys: () => openKeys(store),
    readNamesOfServices: () => readNamesOfServices(store),
    resources: resourceOperations(store, {
      services: servicesOnDisk(),
      refresh: async () => undefined,
      now,
    }),
    readCatalog: () => readCatalog(store),
  };
}

/** The algorithm stays that of the newest key: only the service's own configuration moves it. */
async function openKeys(store: Store) {
  const env = load((values) => parseEnv(keyEnv.required({ KEY_ENCRYPTION_KEY: true }), values));
  const { policy, encryption } = toKeyConfig(env);
  const newest = (await store.keys.listPublished()).at(-1);
  if (!newest) throw problems.no_signing_keys();
  const algorithm = newest.algorithm as typeof policy.algorithm;
  return keyOperations(store, {
    encryption,
    policy: { ...policy, algorithm },
    now: Date.now,
  });
}

/** Before people get names: a command may well run before the service ever did. */
export const readNamesOfServices = ({ transaction }: Store): Promise<unknown> =>
  transaction(({ names }) => renewProgramNames(names, namesOf(servicesOnDisk())));

/** Every scope that a client may be given, and every role that a person may have. */
export async function readCatalog({ resources }: Store): Promise<CurrentCatalog> {
  const catalog = joinedCatalog(servicesOnDisk(), await readResources(resources));
  return () => catalog;
}

/** The actor in the audit record: the operating system's user; no username contains a colon. */
export function auditContext(): AuditContext {
  return { actor: `cli:${userInfo().username}`, caller: systemCaller };
}
