import type { LookUpLiveToken, ReadToken } from '../access/live-token.ts';
import type { LogIn } from '../accounts/log-in.ts';
import { DEVICE_CODE, TOKEN_EXCHANGE } from '../clients/grant-types.ts';
import type { Limits } from '../limits/limits.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import type { Store } from '../store.ts';
import { authorizationCodeGrant } from './authorization-code-grant.ts';
import { clientCredentialsGrant } from './client-credentials-grant.ts';
import { deviceGrant } from './device-grant.ts';
import { exchangeGrant } from './exchange-grant.ts';
import type { Prove, Redeem } from './grant.ts';
import { passwordGrant } from './password-grant.ts';
import { refreshGrant } from './refresh-grant.ts';
import type { TokenSettings } from './token-settings.ts';

interface Dependencies {
  settings: TokenSettings;
  logIn: LogIn;
  limits: Limits;
  /** Reads tokens for any service here. */
  readToken: ReadToken;
  lookUpLiveToken: LookUpLiveToken;
  catalog: CurrentCatalog;
  now: () => number;
}

/** By grant type. */
export type OfferedGrants = ReadonlyMap<string, Redeem>;

/** The grants that this configuration offers, each with what it uses. */
export function offeredGrants(store: Store, deps: Dependencies): OfferedGrants {
  const { settings, logIn, limits, readToken, lookUpLiveToken, catalog, now } = deps;
  const grants = new Map<string, Redeem>();
  if (settings.passwordGrant) {
    grants.set('password', withoutTransaction(store, passwordGrant(store, { logIn, now })));
  }
  grants.set('refresh_token', refreshGrant(store, { limits, settings, now }));
  grants.set('client_credentials', withoutTransaction(store, clientCredentialsGrant));
  if (settings.profile === 'standard') {
    grants.set('authorization_code', authorizationCodeGrant(store, { now }));
    grants.set(DEVICE_CODE, deviceGrant(store, { now }));
    const exchange = exchangeGrant({ readToken, lookUpLiveToken, catalog });
    grants.set(TOKEN_EXCHANGE, withoutTransaction(store, exchange));
  }
  return grants;
}

/** No connection is held while a password is hashed or a token is verified. */
const withoutTransaction =
  (store: Store, prove: Prove): Redeem =>
  async (request, complete) =>
    complete(store, await prove(request));
