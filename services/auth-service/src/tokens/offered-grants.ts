import type { LookUpLiveToken, ReadToken } from '../access/live-token.ts';
import type { CheckPassword } from '../accounts/password-check.ts';
import { TOKEN_EXCHANGE } from '../clients/grant-types.ts';
import type { Limits } from '../limits/limits.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import type { Store } from '../store.ts';
import { clientCredentialsGrant } from './client-credentials-grant.ts';
import { exchangeGrant } from './exchange-grant.ts';
import type { Prove, Redeem } from './grant.ts';
import { passwordGrant } from './password-grant.ts';
import { refreshGrant } from './refresh-grant.ts';
import type { TokenSettings } from './token-settings.ts';

interface Dependencies {
  settings: TokenSettings;
  hasher: PasswordHasher;
  checkPassword: CheckPassword;
  limits: Limits;
  /** Reads tokens for any service here. */
  readToken: ReadToken;
  lookUpLiveToken: LookUpLiveToken;
  now: () => number;
}

/** By grant type. */
export type OfferedGrants = ReadonlyMap<string, Redeem>;

/** The grants that this configuration offers, each with what it uses. */
export function offeredGrants(store: Store, deps: Dependencies): OfferedGrants {
  const { settings, hasher, checkPassword, limits, readToken, lookUpLiveToken, now } = deps;
  const grants = new Map<string, Redeem>();
  if (settings.passwordGrant) {
    grants.set(
      'password',
      withoutTransaction(store, passwordGrant(store, { hasher, checkPassword })),
    );
  }
  grants.set('refresh_token', refreshGrant(store, { limits, settings, now }));
  grants.set('client_credentials', withoutTransaction(store, clientCredentialsGrant));
  if (settings.profile === 'standard') {
    const exchange = exchangeGrant({ readToken, lookUpLiveToken });
    grants.set(TOKEN_EXCHANGE, withoutTransaction(store, exchange));
  }
  return grants;
}

/** No connection is held while a password is hashed or a token is verified. */
const withoutTransaction =
  (store: Store, prove: Prove): Redeem =>
  async (request, complete) =>
    complete(store, await prove(request));
