import { timingSafeEqual } from 'node:crypto';
import { hashOf } from '@latchkey/service-kit/http/secrets';
import { openAnswer, SAME_ANSWER_WINDOW_MS } from '../sessions/refresh-token.ts';
import type { HeldRefreshToken } from '../sessions/refresh-token-repository.ts';
import type { Transaction } from '../store.ts';
import type { GrantRequest, TokenAnswer } from './grant.ts';

/** A refresh token of a running session, as it was presented and as it is stored. */
export interface PresentedToken extends HeldRefreshToken {
  token: string;
  person: NonNullable<HeldRefreshToken['person']>;
  request: GrantRequest;
  nowMs: number;
}

/** @returns undefined when the session is over, the account is closed or the client is another */
export function presentedToken(
  held: HeldRefreshToken,
  presented: Pick<PresentedToken, 'token' | 'request' | 'nowMs'>,
): PresentedToken | undefined {
  const { session, person } = held;
  const isRunning = session.endedAt === null && session.expiresAt.getTime() > presented.nowMs;
  const isOfClient = session.clientId === presented.request.client.id;
  return isRunning && isOfClient && person ? { ...held, person, ...presented } : undefined;
}

/**
 * A second use is a retry when the same request comes again in time and the successor is unused.
 * Otherwise two parties hold the token, and the family ends.
 */
export async function decideReuse(
  repositories: Transaction,
  presented: PresentedToken & { usedAt: Date },
  { refreshRetrySeconds }: { refreshRetrySeconds: number },
): Promise<'rotate' | 'refuse' | TokenAnswer> {
  const { refreshTokens } = repositories;
  const { token, sealedAnswer, usedBy, usedAt, expiresAt, request, nowMs } = presented;
  const answer = sealedAnswer && openAnswer<TokenAnswer>(token, sealedAnswer);
  const successorHash = answer?.refresh_token && hashOf(answer.refresh_token);
  const successor = successorHash && (await refreshTokens.find(successorHash));
  if (!successor || !usedBy) return endFamily(repositories, presented);

  const isSame = timingSafeEqual(usedBy, hashOf(request.parameters.fingerprint));
  if (nowMs - successor.createdAt.getTime() <= SAME_ANSWER_WINDOW_MS)
    return isSame ? answer : 'refuse';

  const retryUntilMs = usedAt.getTime() + refreshRetrySeconds * 1000;
  const isRetry = isSame && nowMs <= Math.min(retryUntilMs, expiresAt.getTime());
  if (!isRetry || successor.usedAt) return endFamily(repositories, presented);
  // Not the same successor: two parties would hold it, and could go on side by side unnoticed.
  await refreshTokens.withdraw(successorHash, new Date(nowMs));
  return 'rotate';
}

async function endFamily(
  { endings, audit }: Transaction,
  { session, person, request, nowMs }: PresentedToken,
) {
  const { client, caller } = request;
  const end = { at: new Date(nowMs), reason: 'refresh_token_reused' };
  await endings.endSession(session.userId, session.id, end);
  await audit.record({
    type: 'refresh_token.reused',
    subject: person.username,
    clientId: client.id,
    caller,
    details: { sessionId: session.id },
  });
  return 'refuse' as const;
}
