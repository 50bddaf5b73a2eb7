import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import type { Health } from '@latchkey/service-kit/process/health';
import type { Log } from '@latchkey/service-kit/process/log';
import type { LogoutDelivery } from './backchannel-logout/logout-delivery.ts';
import type { FindClient } from './clients/find-client.ts';
import type { Config } from './config.ts';
import type { Signing } from './keys/signing.ts';
import type { Limits } from './limits/limits.ts';
import type { PasswordHasher } from './passwords/password-hasher.ts';
import type { Catalog } from './resources/open-catalog.ts';
import type { IssuingLists } from './revocation/issuing-lists.ts';
import type { StatusLists } from './status-lists/status-lists.ts';
import type { Store } from './store.ts';

/** What the app is made of. */
export interface AppDependencies {
  service: ServiceJson;
  log: Log;
  health: Health;
  config: Pick<
    Config,
    | 'tokens'
    | 'grants'
    | 'adminSignIn'
    | 'encryption'
    | 'mail'
    | 'brand'
    | 'identityProvider'
    | 'usernames'
    | 'trustedProxies'
  >;
  store: Store;
  signing: Signing;
  /** Absent in the minimal profile. */
  issuingLists: IssuingLists | undefined;
  /** Absent in the minimal profile. */
  statusLists: StatusLists | undefined;
  /** Absent with a shared secret, with which no client could check a logout token. */
  logoutDelivery: LogoutDelivery | undefined;
  catalog: Catalog;
  /** Finds clients by their metadata documents too; absent when these are not let in. */
  documentClients: FindClient | undefined;
  services: readonly ServiceJson[];
  hasher: PasswordHasher;
  limits: Limits;
  /** Milliseconds since the epoch. */
  now: () => number;
}
