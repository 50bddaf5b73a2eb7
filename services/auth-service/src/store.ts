import { EventEmitter } from 'node:events';
import { type Database, type DatabaseOptions, openDatabase } from '@latchkey/database/client';
import { PrismaClient } from '../generated/prisma/client.ts';
import { holderRepository } from './access/holder-repository.ts';
import { userRepository } from './accounts/user-repository.ts';
import { appRepository } from './apps/app-repository.ts';
import { auditRepository } from './audit/audit-repository.ts';
import { consentRepository } from './authorize/consent-repository.ts';
import { pushedRequestRepository } from './authorize/pushed-request-repository.ts';
import { logoutNoticeRepository } from './backchannel-logout/logout-notice-repository.ts';
import { browserLoginRepository } from './browser/browser-login-repository.ts';
import { clientRepository } from './clients/client-repository.ts';
import type { Tx } from './database.ts';
import { factorRepository } from './factors/factor-repository.ts';
import { passkeyRepository } from './factors/passkey-repository.ts';
import { pendingLoginRepository } from './factors/pending-login-repository.ts';
import { expiredRowRepository } from './housekeeping/expired-row-repository.ts';
import { providerRepository } from './identity-provider/provider-repository.ts';
import { keyRepository } from './keys/key-repository.ts';
import { counterRepository } from './limits/counter-repository.ts';
import { mailedLinkRepository } from './mail/mailed-link-repository.ts';
import { outgoingMailRepository } from './mail/outgoing-mail-repository.ts';
import { nameRepository } from './names/name-repository.ts';
import { resourceRepository } from './resources/resource-repository.ts';
import { type EndingRepository, endingRepository } from './revocation/ending-repository.ts';
import { issuedTokenRepository } from './revocation/issued-token-repository.ts';
import { issuingListRepository } from './revocation/issuing-list-repository.ts';
import { revocationRepository } from './revocation/revocation-repository.ts';
import { refreshTokenRepository } from './sessions/refresh-token-repository.ts';
import { sessionRepository } from './sessions/session-repository.ts';
import { statusListRepository } from './status-lists/status-list-repository.ts';
import { statusNoticeRepository } from './status-lists/status-notice-repository.ts';
import { authorizationCodeRepository } from './tokens/authorization-code-repository.ts';
import { deviceAuthorizationRepository } from './tokens/device-authorization-repository.ts';

/** All that can be read and written in a transaction or without one. */
export type Repositories = ReturnType<typeof repositoriesOn>;

/** What ends tokens does so in a transaction, which revokes them before it commits. */
export type Transaction = Repositories & { endings: EndingRepository };

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
  pendingLogins: pendingLoginRepository(db),
  factors: factorRepository(db),
  passkeys: passkeyRepository(db),
  authorizationCodes: authorizationCodeRepository(db),
  deviceAuthorizations: deviceAuthorizationRepository(db),
  pushedRequests: pushedRequestRepository(db),
  consents: consentRepository(db),
  apps: appRepository(db),
  providers: providerRepository(db),
  logoutNotices: logoutNoticeRepository(db),
  refreshTokens: refreshTokenRepository(db),
  issuedTokens: issuedTokenRepository(db),
  outgoingMails: outgoingMailRepository(db),
  mailedLinks: mailedLinkRepository(db),
  audit: auditRepository(db),
  statusNotices: statusNoticeRepository(db),
  expiredRows: expiredRowRepository(db),
});

export function createStore({ client, pool }: Pick<Database<PrismaClient>, 'client' | 'pool'>) {
  const committed = new EventEmitter<{ logoutNotices: [] }>();
  return {
    ...repositoriesOn(client),
    holders: holderRepository(pool),
    counters: counterRepository(pool),
    issuingLists: issuingListRepository(client),
    statusLists: statusListRepository(pool),
    /** Runs `work` in one transaction, so that an act and its record stand or fall together. */
    async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
      const limits = { maxWait: 3_000, timeout: 8_000 };
      const { result, hasNotices } = await client.$transaction((tx) => revoking(tx, work), limits);
      if (hasNotices) committed.emit('logoutNotices');
      return result;
    },
    /** Calls `listener` after each commit that left notices for clients. @returns what ends that */
    onLogoutNotices(listener: () => void): () => void {
      committed.on('logoutNotices', listener);
      return () => void committed.off('logoutNotices', listener);
    },
  };
}

async function revoking<T>(tx: Tx, work: (transaction: Transaction) => Promise<T>) {
  let hasNotices = false;
  const revocations = revocationRepository(tx);
  const endings = endingRepository(tx, {
    revoke: revocations.add,
    onNotices: () => {
      hasNotices = true;
    },
  });
  const result = await work({ ...repositoriesOn(tx), endings });
  await revocations.revoke();
  return { result, hasNotices };
}

export function openStore(options: DatabaseOptions) {
  const database = openDatabase(PrismaClient, options);
  return { store: createStore(database), ping: database.ping, close: database.close };
}
