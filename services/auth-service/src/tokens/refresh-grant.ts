import { timingSafeEqual } from 'node:crypto';
import { record } from '../audit/audit-repository.ts';
import { inTransaction, type Tx } from '../database.ts';
import { OAuthProblem } from '../errors.ts';
import {
  hashOf,
  looksLikeRefreshToken,
  newRefreshToken,
  openAnswer,
  RETRY_MS,
  sealAnswer,
} from '../sessions/refresh-token.ts';
import {
  addRefreshToken,
  endSession,
  type HeldRefreshToken,
  holdRefreshToken,
  markRefreshTokenUsed,
  touchSession,
} from '../sessions/session-repository.ts';
import { type GrantDependencies, type GrantRequest, type TokenAnswer, toAnswer } from './grant.ts';
import { cutScopes, targetsOf } from './scope-cutting.ts';

/**
 * RFC 6749 §6 with rotation (RFC 9700 §4.14.2): each use gives a successor; a second use that is
 * no retry means that two parties hold the token, and ends the family.
 */
export async function refreshGrant(
  deps: GrantDependencies,
  request: GrantRequest,
): Promise<TokenAnswer> {
  const token = request.parameters.require('refresh_token');
  if (!looksLikeRefreshToken(token)) throw new OAuthProblem('invalid_grant');
  await deps.limits.refresh(request.caller);
  const answer = await inTransaction(deps.db, async (tx) => {
    const held = await holdRefreshToken(tx, hashOf(token));
    if (!held || !isUsable(held, request, deps.now())) return undefined;
    if (held.usedAt) return useAgain(tx, deps, request, held, held.usedAt, token);
    if (held.expiresAt.getTime() <= deps.now()) return undefined;
    return rotate(tx, deps, request, held, token);
  });
  // Thrown after the transaction: the end of a family must not be undone with the refusal.
  if (!answer) throw new OAuthProblem('invalid_grant');
  return answer;
}

function isUsable({ session, person }: HeldRefreshToken, { client }: GrantRequest, now: number) {
  const running = session.endedAt === null && session.expiresAt.getTime() > now;
  return running && person !== undefined && session.clientId === client.id;
}

async function rotate(
  tx: Tx,
  deps: GrantDependencies,
  { parameters, client, caller }: GrantRequest,
  { session, person }: HeldRefreshToken,
  token: string,
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
    usedAt: at,
    usedBy: hashOf(parameters.fingerprint),
    sealedAnswer: sealAnswer(token, answer),
  });
  await touchSession(tx, sessionId, at);
  const who = { actor: person.username, subject: person.username, clientId: client.id };
  await record(tx, { type: 'token.refreshed', ...who, caller, details: { sessionId } });
  return answer;
}

async function useAgain(
  tx: Tx,
  deps: GrantDependencies,
  { parameters, client, caller }: GrantRequest,
  { session, person, usedBy, sealedAnswer }: HeldRefreshToken,
  usedAt: Date,
  token: string,
): Promise<TokenAnswer | undefined> {
  if (deps.now() - usedAt.getTime() <= RETRY_MS && usedBy && sealedAnswer) {
    const same = timingSafeEqual(usedBy, hashOf(parameters.fingerprint));
    return same ? openAnswer<TokenAnswer>(token, sealedAnswer) : undefined;
  }
  const end = { at: new Date(deps.now()), reason: 'refresh_token_reused' };
  await endSession(tx, session.userId, session.id, end);
  const details = { sessionId: session.id };
  const subject = person?.username;
  await record(tx, { type: 'refresh_token.reused', subject, clientId: client.id, caller, details });
  return undefined;
}
