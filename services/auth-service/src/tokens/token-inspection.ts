import type { VerifiedToken, Verifier } from '@latchkey/jwt-verify';
import { isMeantFor, isOfOurMaking } from '../access/access-token.ts';
import type { StandingOf } from '../access/standing.ts';
import { record } from '../audit/audit-repository.ts';
import type { Caller } from '../caller.ts';
import { authenticateClient } from '../clients/client-authentication.ts';
import type { Client } from '../clients/client-repository.ts';
import { type Database, inTransaction } from '../database.ts';
import { OAuthProblem } from '../errors.ts';
import { hashOf, looksLikeRefreshToken } from '../sessions/refresh-token.ts';
import { endSession, holdRefreshToken, markRevoked } from '../sessions/session-repository.ts';
import { credentialsOf, readParameters, type TokenRequest } from './token-request.ts';

interface Dependencies {
  db: Database;
  issuer: string;
  subjectVerifier: Verifier;
  standingOf: StandingOf;
  now: () => number;
}

export type TokenInspection = ReturnType<typeof tokenInspection>;

export function tokenInspection(deps: Dependencies) {
  const { db, subjectVerifier, standingOf, now } = deps;

  /** Undefined for a token that is not valid. @throws TokenError when the keys are unavailable */
  const verified = async (text: string): Promise<VerifiedToken | undefined> => {
    const token = await subjectVerifier.verify(text).catch((error: { status?: number }) => {
      if (error.status === 503) throw error;
      return undefined;
    });
    return token && isOfOurMaking(token) ? token : undefined;
  };

  return {
    /** A refresh token ends its session (RFC 7009 §2.1); an unknown token needs no revocation. */
    async revoke(request: TokenRequest): Promise<void> {
      const { parameters, client } = await readRequest(request);
      const token = parameters.require('token');
      if (looksLikeRefreshToken(token)) return endFamily(token, client, request.caller);
      const known = await verified(token);
      const { jti, client_id: clientId } = known?.claims ?? {};
      if (!known || jti === undefined || clientId !== client.id) return;
      await inTransaction(db, async (tx) => {
        await markRevoked(tx, jti, new Date(known.expiresAt * 1000));
        const { caller } = request;
        const who = { actor: client.id, subject: known.subject, clientId: client.id };
        await record(tx, { type: 'token.revoked', ...who, caller, details: { jti } });
      });
    },

    /** For services, each about tokens that are meant for it (RFC 7662 §4). */
    async introspect(request: TokenRequest) {
      const { parameters, client } = await readRequest(request);
      if (client.authentication === 'none' || client.audience === null) {
        throw new OAuthProblem('invalid_client', { detail: 'Only services may introspect.' });
      }
      const token = await verified(parameters.require('token'));
      if (!token || !isMeantFor(token, client)) return { active: false };
      const standing = await standingOf(token);
      if (!standing) return { active: false };
      const { sub, id, iss, aud, exp, iat, jti, client_id, sid, act } = token.claims;
      const claims = { sub, id, iss, aud, exp, iat, jti, client_id, sid, act };
      const { subject, scopes } = standing;
      const roles = subject.kind === 'person' ? subject.roles : [];
      const current = { username: token.subject, scope: scopes.join(' '), roles };
      return { active: true, token_type: 'Bearer', ...claims, ...current };
    },
  };

  async function readRequest({ form, authorization }: TokenRequest) {
    const parameters = readParameters(form);
    const client = await authenticateClient(deps, credentialsOf(parameters, authorization));
    return { parameters, client };
  }

  function endFamily(token: string, client: Client, caller: Caller): Promise<void> {
    return inTransaction(db, async (tx) => {
      const held = await holdRefreshToken(tx, hashOf(token));
      if (!held || held.session.clientId !== client.id) return;
      const { id: sessionId, userId } = held.session;
      const end = { at: new Date(now()), reason: 'revoked' };
      if (!(await endSession(tx, userId, sessionId, end))) return;
      const who = { actor: client.id, subject: held.person?.username, clientId: client.id };
      await record(tx, { type: 'session.ended', ...who, caller, details: { sessionId } });
    });
  }
}
