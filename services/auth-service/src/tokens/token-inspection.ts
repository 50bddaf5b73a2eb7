import { hashOf } from '@latchkey/service-kit/http/secrets';
import type { LookUpLiveToken, ReadToken } from '../access/live-token.ts';
import { claimsOf, isMeantFor } from '../access/token-claims.ts';
import type { Caller } from '../caller.ts';
import type { AuthenticateClient } from '../clients/client-authentication.ts';
import type { Client } from '../clients/client-repository.ts';
import { OAuthProblem } from '../errors.ts';
import { looksLikeRefreshToken } from '../sessions/refresh-token.ts';
import type { Store } from '../store.ts';
import { credentialsOf, readParameters, type TokenRequest } from './token-request.ts';

interface Dependencies {
  authenticateClient: AuthenticateClient;
  /** Reads tokens for any service here. */
  readToken: ReadToken;
  lookUpLiveToken: LookUpLiveToken;
  now: () => number;
}

export type TokenInspection = ReturnType<typeof tokenInspection>;

export function tokenInspection(
  { transaction }: Pick<Store, 'transaction'>,
  { authenticateClient, readToken, lookUpLiveToken, now }: Dependencies,
) {
  return {
    /** A refresh token ends its session (RFC 7009 §2.1); an unknown token needs no revocation. */
    async revoke(request: TokenRequest): Promise<void> {
      const { parameters, client } = await readRequest(request);
      const token = parameters.require('token');
      if (looksLikeRefreshToken(token)) return endFamily(token, client, request.caller);
      const known = await readToken(token);
      const {
        sub: subject,
        jti,
        status: place,
        client_id: clientId,
      } = (known && claimsOf(known)) ?? {};
      if (place === undefined || clientId !== client.id) return;
      await transaction(async ({ endings, audit }) => {
        endings.revokeToken(place, new Date(now()));
        const { caller } = request;
        const who = { actor: client.id, subject, clientId };
        await audit.record({
          type: 'token.revoked',
          ...who,
          caller,
          details: { jti: jti ?? null },
        });
      });
    },

    /** For services, each about tokens that are meant for it (RFC 7662 §4). */
    async introspect(request: TokenRequest) {
      const { parameters, client } = await readRequest(request);
      if (client.authentication === 'none' || client.audience === null) {
        throw new OAuthProblem('invalid_client', { detail: 'Only services may introspect.' });
      }
      const token = await readToken(parameters.require('token'));
      if (!token || !isMeantFor(token, client)) return { active: false };
      const live = await lookUpLiveToken(token);
      if (!live) return { active: false };
      const { sub, id, iss, aud, exp, iat, jti, client_id, sid, act } = token.claims;
      const { auth_time, acr, amr } = token.claims;
      const signIn = { auth_time, acr, amr };
      const claims = { sub, id, iss, aud, exp, iat, jti, client_id, sid, ...signIn, act };
      const { subject, scopes } = live;
      const roles = subject.kind === 'person' ? subject.roles : [];
      const current = { username: token.subject, scope: scopes.join(' '), roles };
      return { active: true, token_type: 'Bearer', ...claims, ...current };
    },
  };

  async function readRequest({ form, ...from }: TokenRequest) {
    const parameters = readParameters(form);
    const client = await authenticateClient(credentialsOf(parameters, from));
    return { parameters, client };
  }

  function endFamily(token: string, client: Client, caller: Caller): Promise<void> {
    return transaction(async ({ refreshTokens, endings, audit }) => {
      const held = await refreshTokens.hold(hashOf(token));
      if (!held || held.session.clientId !== client.id) return;
      const { id: sessionId, userId } = held.session;
      const end = { at: new Date(now()), reason: 'revoked' };
      if (!(await endings.endSession(userId, sessionId, end))) return;
      const who = { actor: client.id, subject: held.person?.username, clientId: client.id };
      await audit.record({ type: 'session.ended', ...who, caller, details: { sessionId } });
    });
  }
}
