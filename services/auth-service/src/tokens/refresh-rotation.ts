import { record } from '../audit/audit-repository.ts';
import type { Tx } from '../database.ts';
import { hashOf, newRefreshToken, sealAnswer } from '../sessions/refresh-token.ts';
import {
  addRefreshToken,
  type HeldRefreshToken,
  markRefreshTokenUsed,
  touchSession,
} from '../sessions/session-repository.ts';
import { type GrantDependencies, type GrantRequest, type TokenAnswer, toAnswer } from './grant.ts';
import { cutScopes, targetsOf } from './scope-cutting.ts';

/** A refresh token as it was presented, and what is kept of it. */
export interface Use extends HeldRefreshToken {
  token: string;
}

/** A new access token, and a new refresh token in the place of the one that was presented. */
export async function giveSuccessor(
  tx: Tx,
  deps: GrantDependencies,
  { parameters, client, caller }: GrantRequest,
  { session, person, usedAt, token }: Use,
): Promise<TokenAnswer | undefined> {
  if (!person) return undefined;
  const targets = targetsOf(deps.catalog, deps.issuer, {
    resources: parameters.all('resource'),
    audiences: [],
  });
  const subject = { kind: 'person', ...person } as const;
  const granted = session.scope.split(' ');
  const wish = { scopes: parameters.scopes ?? granted, audiences: targets };
  const cut = cutScopes(deps.catalog, wish, { client, subject, granted });
  const grant = { subject, clientId: client.id, ...cut, sessionId: session.id };
  const successor = newRefreshToken();
  const answer = { ...toAnswer(deps, grant), refresh_token: successor };

  const at = new Date(deps.now());
  const slidingEnd = deps.now() + deps.settings.refreshTokenSeconds * 1000;
  const expiresAt = new Date(Math.min(slidingEnd, session.expiresAt.getTime()));
  const sessionId = session.id;
  await addRefreshToken(tx, { hash: hashOf(successor), sessionId, createdAt: at, expiresAt });
  await markRefreshTokenUsed(tx, hashOf(token), {
    usedAt: usedAt ?? at,
    usedBy: hashOf(parameters.fingerprint),
    sealedAnswer: sealAnswer(token, answer),
  });
  await touchSession(tx, sessionId, at);
  const who = { actor: person.username, subject: person.username, clientId: client.id };
  const details = { sessionId, ...(usedAt ? { retry: true } : {}) };
  await record(tx, { type: 'token.refreshed', ...who, caller, details });
  return answer;
}
