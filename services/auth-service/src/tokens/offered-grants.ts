import type { Verifier } from '@latchkey/jwt-verify';
import type { StandingOf } from '../access/standing.ts';
import { TOKEN_EXCHANGE } from '../clients/grant-types.ts';
import type { Database } from '../database.ts';
import type { Limits } from '../limits/limits.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import { clientCredentialsGrant } from './client-credentials-grant.ts';
import { exchangeGrant } from './exchange-grant.ts';
import type { Prove, Redeem } from './grant.ts';
import { passwordGrant } from './password-grant.ts';
import { refreshGrant } from './refresh-grant.ts';
import type { TokenSettings } from './token-settings.ts';

interface Dependencies {
  db: Database;
  hasher: PasswordHasher;
  limits: Limits;
  settings: TokenSettings;
  now: () => number;
  /** Accepts tokens for any service here. */
  subjectVerifier: Verifier;
  standingOf: StandingOf;
}

/** By grant type. */
export type OfferedGrants = ReadonlyMap<string, Redeem>;

/** The grants that this configuration offers, each with what it uses. */
export function offeredGrants(deps: Dependencies): OfferedGrants {
  const { db, hasher, limits, settings, now, subjectVerifier, standingOf } = deps;
  const grants = new Map<string, Redeem>();
  if (settings.passwordGrant) {
    grants.set('password', withoutTransaction(db, passwordGrant({ db, hasher, limits })));
  }
  grants.set('refresh_token', refreshGrant({ db, limits, settings, now }));
  grants.set('client_credentials', withoutTransaction(db, clientCredentialsGrant));
  if (settings.profile === 'standard') {
    const exchange = exchangeGrant({ subjectVerifier, standingOf });
    grants.set(TOKEN_EXCHANGE, withoutTransaction(db, exchange));
  }
  return grants;
}

/** No connection is held while a password is hashed or a token is verified. */
const withoutTransaction =
  (db: Database, prove: Prove): Redeem =>
  async (request, complete) =>
    complete(db, await prove(request));
