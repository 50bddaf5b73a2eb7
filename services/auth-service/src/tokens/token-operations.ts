import {
  type AccessTokenContent,
  nameOf,
  type SignedAccessToken,
  signAccessToken,
  type Validity,
} from '../access/access-token.ts';
import type { Caller } from '../caller.ts';
import type { AuthenticateClient } from '../clients/client-authentication.ts';
import type { Client } from '../clients/client-repository.ts';
import { OAuthProblem } from '../errors.ts';
import type { TokenSigner } from '../keys/token-signer.ts';
import type { Limits } from '../limits/limits.ts';
import type { NewAccessToken } from '../revocation/issued-token-repository.ts';
import type { IssuingLists } from '../revocation/issuing-lists.ts';
import { type CurrentCatalog, rolesOfServices } from '../scopes/scope-catalog.ts';
import { type CommittedSession, commitSession } from './commit-session.ts';
import type { GrantedScopes, ProvenGrant, Redeem, TokenAnswer } from './grant.ts';
import { signIdToken } from './id-token.ts';
import { narrowScopes } from './narrow-scopes.ts';
import type { OfferedGrants } from './offered-grants.ts';
import { credentialsOf, readParameters, type TokenRequest } from './token-request.ts';
import type { TokenSettings } from './token-settings.ts';

interface Dependencies {
  authenticateClient: AuthenticateClient;
  issuer: string;
  settings: TokenSettings;
  grants: OfferedGrants;
  catalog: CurrentCatalog;
  limits: Pick<Limits, 'inTurn'>;
  signer: TokenSigner;
  /** Absent in the minimal profile. */
  issuingLists: IssuingLists | undefined;
  now: () => number;
}

export type TokenOperations = ReturnType<typeof tokenOperations>;

export function tokenOperations(deps: Dependencies) {
  const { authenticateClient, settings, grants, limits, signer, issuingLists, now } = deps;

  return {
    /** The token endpoint (RFC 6749 §3.2). */
    async issue({ form, authorization, caller }: TokenRequest): Promise<TokenAnswer> {
      const parameters = readParameters(form);
      const grantType = parameters.get('grant_type') ?? 'password';
      const redeem = chooseGrant(grantType);
      return inTurn(grantType, caller, async () => {
        const client = await authenticateClient(
          credentialsOf(parameters, { authorization, caller }),
        );
        allowGrant(client, grantType);
        await issuingLists?.ready();
        // Before anything is used up: without a key there is nothing to answer with.
        signer.publicKeys();
        const request = { parameters, client, caller };
        // The refresh grant does the rest in the transaction that holds its session.
        return redeem(request, async (repositories, proven) => {
          const granted = narrowScopes(deps, request, proven);
          const validity = validityOf(proven);
          const token = placed(client, granted, validity);
          const issuance = { request, proven, granted, token };
          const session = await commitSession(deps, repositories, issuance);
          const signed = sign(proven, granted, session, { ...token, validity });
          const idToken = signIdentity(client, proven, session);
          return { ...respond(signed, granted, session, proven), ...idToken };
        });
      });
    },
  };

  function chooseGrant(grantType: string): Redeem {
    const redeem = grants.get(grantType);
    if (!redeem) throw new OAuthProblem('unsupported_grant_type');
    return redeem;
  }

  /** A login waits for its turn before its first query, so that one address cannot fill the queue. */
  function inTurn<T>(grantType: string, caller: Caller, work: () => Promise<T>): Promise<T> {
    return grantType === 'password' ? limits.inTurn(caller, work) : work();
  }

  function validityOf({ session, notAfter = Number.POSITIVE_INFINITY }: ProvenGrant): Validity {
    const iat = Math.floor(now() / 1000);
    const { accessTokenSeconds, sessionSeconds } = settings;
    const seconds =
      session.do === 'open' ? Math.min(accessTokenSeconds, sessionSeconds) : accessTokenSeconds;
    return { iat, exp: Math.min(iat + seconds, notAfter) };
  }

  /** Its place is taken now, and used up even if the token is not issued after all. */
  function placed(
    { id: clientId }: Client,
    { scopes }: GrantedScopes,
    { exp }: Validity,
  ): NewAccessToken {
    return { place: issuingLists?.take(), clientId, scopes, expiresAt: new Date(exp * 1000) };
  }

  /** With a shared secret there are no keys that a client could check an ID token with. */
  function signIdentity(
    client: Client,
    { subject, identity, authentication }: ProvenGrant,
    { id: sessionId }: CommittedSession,
  ): Pick<TokenAnswer, 'id_token'> {
    if (!identity || !authentication || !sessionId || signer.publicKeys().length === 0) return {};
    const { issuer } = deps;
    const { accessTokenSeconds: idTokenSeconds } = settings;
    const who = { subject: nameOf(subject), clientId: client.id, sessionId };
    const content = { ...who, ...identity, authentication };
    return { id_token: signIdToken({ issuer, idTokenSeconds, signer, now }, content) };
  }

  function sign(
    { subject, authentication, act }: ProvenGrant,
    granted: GrantedScopes,
    { id: sessionId }: CommittedSession,
    { place, clientId, validity }: Pick<AccessTokenContent, 'place' | 'clientId' | 'validity'>,
  ): SignedAccessToken {
    const { issuer, catalog } = deps;
    const current =
      subject.kind === 'client'
        ? subject
        : { ...subject, roles: rolesOfServices(catalog(), subject.roles) };
    const of = { subject: current, authentication, act };
    const content = { ...of, clientId, ...granted, sessionId, validity, place };
    return signAccessToken({ issuer, profile: settings.profile, signer }, content);
  }
}

/** Only our own pages and tools may take a person's password (RFC 9700 §2.4). */
function allowGrant(client: Client, grantType: string): void {
  const isAllowed = client.grantTypes.includes(grantType);
  if (!isAllowed || (grantType === 'password' && !client.firstParty)) {
    throw new OAuthProblem('unauthorized_client');
  }
}

function respond(
  { token, expiresInSeconds }: SignedAccessToken,
  { scopes }: GrantedScopes,
  { refreshToken }: CommittedSession,
  { issuedTokenType }: ProvenGrant,
): TokenAnswer {
  return {
    access_token: token,
    token_type: 'bearer',
    expires_in: expiresInSeconds,
    scope: scopes.join(' '),
    ...(refreshToken ? { refresh_token: refreshToken } : {}),
    ...(issuedTokenType ? { issued_token_type: issuedTokenType } : {}),
  };
}
