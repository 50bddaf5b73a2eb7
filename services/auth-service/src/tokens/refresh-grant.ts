import { timingSafeEqual } from 'node:crypto';
import { record } from '../audit/audit-repository.ts';
import { inTransaction, type Tx } from '../database.ts';
import { OAuthProblem } from '../errors.ts';
import { hashOf, looksLikeRefreshToken, openAnswer, RETRY_MS } from '../sessions/refresh-token.ts';
import {
  endSession,
  findRefreshToken,
  forgetAnswers,
  type HeldRefreshToken,
  holdRefreshToken,
  withdrawRefreshToken,
} from '../sessions/session-repository.ts';
import type { GrantDependencies, GrantRequest, TokenAnswer } from './grant.ts';
import { giveSuccessor, type Use } from './refresh-rotation.ts';

/**
 * RFC 6749 §6 with rotation (RFC 9700 §4.14.2): each use gives a successor, and of a family one
 * token is good at a time. A second use that is no retry means that two parties hold the token, and
 * ends the family.
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
    const use = { ...held, token };
    if (held.usedAt) return useAgain(tx, deps, request, { ...use, usedAt: held.usedAt });
    if (held.expiresAt.getTime() <= deps.now()) return undefined;
    return rotate(tx, deps, request, use);
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
  request: GrantRequest,
  use: Use,
): Promise<TokenAnswer | undefined> {
  // The answer that brought this token has arrived, and no other tab asks for it any more.
  if (deps.now() - use.createdAt.getTime() > RETRY_MS) await forgetAnswers(tx, use.session.id);
  return giveSuccessor(tx, deps, request, use);
}

async function useAgain(
  tx: Tx,
  deps: GrantDependencies,
  request: GrantRequest,
  use: Use & { usedAt: Date },
): Promise<TokenAnswer | undefined> {
  const { token, sealedAnswer, usedBy, usedAt } = use;
  const answer = sealedAnswer && openAnswer<TokenAnswer>(token, sealedAnswer);
  const successorHash = answer?.refresh_token && hashOf(answer.refresh_token);
  const successor = successorHash && (await findRefreshToken(tx, successorHash));
  if (!successor || !usedBy) return endFamily(tx, deps, request, use);

  const isSame = timingSafeEqual(usedBy, hashOf(request.parameters.fingerprint));
  const now = deps.now();
  if (now - successor.createdAt.getTime() <= RETRY_MS) return isSame ? answer : undefined;

  const retryUntil = usedAt.getTime() + deps.settings.refreshRetrySeconds * 1000;
  const isRetry = isSame && now <= Math.min(retryUntil, use.expiresAt.getTime());
  if (!isRetry || successor.usedAt) return endFamily(tx, deps, request, use);
  // Not the same successor: two parties would hold it, and could go on side by side unnoticed.
  await withdrawRefreshToken(tx, successorHash, new Date(now));
  return giveSuccessor(tx, deps, request, use);
}

async function endFamily(
  tx: Tx,
  { now }: GrantDependencies,
  { client, caller }: GrantRequest,
  { session, person }: Use,
): Promise<undefined> {
  const end = { at: new Date(now()), reason: 'refresh_token_reused' };
  await endSession(tx, session.userId, session.id, end);
  const details = { sessionId: session.id };
  const subject = person?.username;
  await record(tx, { type: 'refresh_token.reused', subject, clientId: client.id, caller, details });
}
