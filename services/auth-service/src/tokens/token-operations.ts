import type { Verifier } from '@latchkey/jwt-verify';
import type { StandingOf } from '../access/standing.ts';
import { authenticateClient } from '../clients/client-authentication.ts';
import type { Client } from '../clients/client-repository.ts';
import { type GrantType, TOKEN_EXCHANGE } from '../clients/grant-types.ts';
import type { Database } from '../database.ts';
import { OAuthProblem } from '../errors.ts';
import type { TokenSigner } from '../keys/token-signer.ts';
import type { Limits } from '../limits/limits.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import type { ScopeCatalog } from '../scopes/scope-catalog.ts';
import { type SignedAccessToken, signAccessToken } from './access-token.ts';
import { clientCredentialsGrant } from './client-credentials-grant.ts';
import { type CommittedSession, commitSession } from './commit-session.ts';
import { exchangeGrant } from './exchange-grant.ts';
import type { GrantedScopes, Prove, Redeem, RedeemedGrant, TokenAnswer } from './grant.ts';
import { narrowScopes } from './narrow-scopes.ts';
import { passwordGrant } from './password-grant.ts';
import { refreshGrant } from './refresh-grant.ts';
import { credentialsOf, readParameters, type TokenRequest } from './token-request.ts';
import { grantTypesOf, type TokenSettings } from './token-settings.ts';

interface Dependencies {
  db: Database;
  issuer: string;
  settings: TokenSettings;
  signer: TokenSigner;
  catalog: ScopeCatalog;
  hasher: PasswordHasher;
  limits: Limits;
  /** Accepts tokens for any service here. */
  subjectVerifier: Verifier;
  standingOf: StandingOf;
  now: () => number;
}

export type TokenOperations = ReturnType<typeof tokenOperations>;

export function tokenOperations(deps: Dependencies) {
  const { issuer, catalog, settings, signer, now } = deps;
  const redeemers = redeemersOf(deps);
  const offered: ReadonlySet<string> = new Set(grantTypesOf(settings));

  return {
    /** The token endpoint (RFC 6749 §3.2). */
    async issue({ form, authorization, caller }: TokenRequest): Promise<TokenAnswer> {
      const parameters = readParameters(form);
      const grantType = chooseGrantType(parameters.get('grant_type') ?? 'password');
      const client = await authenticateClient(deps, credentialsOf(parameters, authorization));
      allowGrant(client, grantType);
      const request = { parameters, client, caller };
      return redeemers[grantType](request, async (tx, redeemed) => {
        const granted = narrowScopes({ catalog, issuer }, request, redeemed);
        const session = await commitSession({ settings, now }, tx, request, redeemed, granted);
        const signed = sign(client, redeemed, granted, session);
        return respond(signed, granted, { session, redeemed });
      });
    },
  };

  function chooseGrantType(text: string): GrantType {
    if (!offered.has(text)) throw new OAuthProblem('unsupported_grant_type');
    return text as GrantType;
  }

  function sign(
    client: Client,
    { subject, act, notAfter }: RedeemedGrant,
    granted: GrantedScopes,
    { id: sessionId }: CommittedSession,
  ): SignedAccessToken {
    const { profile, accessTokenSeconds } = settings;
    const content = { subject, clientId: client.id, ...granted, sessionId, act, notAfter };
    return signAccessToken({ issuer, profile, accessTokenSeconds, signer, now }, content);
  }
}

function redeemersOf(deps: Dependencies): Readonly<Record<GrantType, Redeem>> {
  const { db, hasher, limits, settings, now, subjectVerifier, standingOf } = deps;
  /** No transaction: a connection must not wait for a password to be hashed. */
  const proven =
    (prove: Prove): Redeem =>
    async (request, complete) =>
      complete(db, await prove(request));
  return {
    password: proven(passwordGrant({ db, hasher, limits })),
    refresh_token: refreshGrant({ db, limits, settings, now }),
    client_credentials: proven(clientCredentialsGrant),
    [TOKEN_EXCHANGE]: proven(exchangeGrant({ subjectVerifier, standingOf })),
  };
}

/** Only our own pages and tools may take a person's password (RFC 9700 §2.4). */
function allowGrant(client: Client, grantType: GrantType): void {
  const isAllowed = client.grantTypes.includes(grantType);
  if (!isAllowed || (grantType === 'password' && !client.firstParty)) {
    throw new OAuthProblem('unauthorized_client');
  }
}

function respond(
  { token, expiresInSeconds }: SignedAccessToken,
  { scopes }: GrantedScopes,
  { session, redeemed }: { session: CommittedSession; redeemed: RedeemedGrant },
): TokenAnswer {
  const { refreshToken } = session;
  const { issuedTokenType } = redeemed;
  return {
    access_token: token,
    token_type: 'bearer',
    expires_in: expiresInSeconds,
    scope: scopes.join(' '),
    ...(refreshToken ? { refresh_token: refreshToken } : {}),
    ...(issuedTokenType ? { issued_token_type: issuedTokenType } : {}),
  };
}
