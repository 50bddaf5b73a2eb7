import { type Database, type DatabaseOptions, openDatabase } from '@latchkey/database/client';
import { PrismaClient } from '../generated/prisma/client.ts';
import { holderRepository } from './access/holder-repository.ts';
import { userRepository } from './accounts/user-repository.ts';
import { auditRepository } from './audit/audit-repository.ts';
import { consentRepository } from './authorize/consent-repository.ts';
import { pushedRequestRepository } from './authorize/pushed-request-repository.ts';
import { browserLoginRepository } from './browser/browser-login-repository.ts';
import { clientRepository } from './clients/client-repository.ts';
import type { Tx } from './database.ts';
import { expiredRowRepository } from './housekeeping/expired-row-repository.ts';
import { keyRepository } from './keys/key-repository.ts';
import { counterRepository } from './limits/counter-repository.ts';
import { nameRepository } from './names/name-repository.ts';
import { resourceRepository } from './resources/resource-repository.ts';
import { refreshTokenRepository } from './sessions/refresh-token-repository.ts';
import { sessionRepository } from './sessions/session-repository.ts';
import { authorizationCodeRepository } from './tokens/authorization-code-repository.ts';
import { revokedTokenRepository } from './tokens/revoked-token-repository.ts';

/** All that can be read and written in one transaction. */
export type Repositories = ReturnType<typeof repositoriesOn>;

/** Every repository: alone, each statement commits by itself. */
export type Store = ReturnType<typeof createStore>;

const repositoriesOn = (db: Tx) => ({
  users: userRepository(db),
  names: nameRepository(db),
  clients: clientRepository(db),
  resources: resourceRepository(db),
  keys: keyRepository(db),
  sessions: sessionRepository(db),
  browserLogins: browserLoginRepository(db),
  authorizationCodes: authorizationCodeRepository(db),
  pushedRequests: pushedRequestRepository(db),
  consents: consentRepository(db),
  refreshTokens: refreshTokenRepository(db),
  revokedTokens: revokedTokenRepository(db),
  audit: auditRepository(db),
  expiredRows: expiredRowRepository(db),
});

export function createStore({ client, pool }: Pick<Database<PrismaClient>, 'client' | 'pool'>) {
  return {
    ...repositoriesOn(client),
    holders: holderRepository(pool),
    counters: counterRepository(pool),
    /** Runs `work` in one transaction, so that an act and its record stand or fall together. */
    transaction: <T>(work: (repositories: Repositories) => Promise<T>): Promise<T> =>
      client.$transaction((tx) => work(repositoriesOn(tx)), { maxWait: 3_000, timeout: 8_000 }),
  };
}

export function openStore(options: DatabaseOptions) {
  const database = openDatabase(PrismaClient, options);
  return { store: createStore(database), ping: database.ping, close: database.close };
}
