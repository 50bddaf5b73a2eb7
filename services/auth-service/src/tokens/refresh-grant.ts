import { hashOf } from '@latchkey/service-kit/http/secrets';
import { personSubject } from '../access/access-token.ts';
import { OAuthProblem } from '../errors.ts';
import type { Limits } from '../limits/limits.ts';
import { grantedBefore } from '../scopes/scope-catalog.ts';
import {
  looksLikeRefreshToken,
  SAME_ANSWER_WINDOW_MS,
  sealAnswer,
} from '../sessions/refresh-token.ts';
import type { RefreshTokenRepository } from '../sessions/refresh-token-repository.ts';
import type { Store } from '../store.ts';
import type { ProvenGrant, Redeem, TokenAnswer } from './grant.ts';
import { decideReuse, type PresentedToken, presentedToken } from './refresh-reuse.ts';

interface Dependencies {
  limits: Limits;
  settings: { refreshRetrySeconds: number };
  now: () => number;
}

/**
 * RFC 6749 §6 with rotation (RFC 9700 §4.14.2): each use gives a successor, and of a family one
 * token is good at a time. From the proof to the answer it is one transaction that holds the family,
 * because the answer is kept, sealed, for a retry.
 */
export function refreshGrant(
  { transaction }: Pick<Store, 'transaction'>,
  { limits, settings, now }: Dependencies,
): Redeem {
  return async (request, complete) => {
    const token = request.parameters.require('refresh_token');
    if (!looksLikeRefreshToken(token)) throw new OAuthProblem('invalid_grant');
    await limits.countRefresh(request.caller);
    const answer = await transaction(async (repositories) => {
      const { refreshTokens } = repositories;
      const held = await refreshTokens.hold(hashOf(token));
      const presented = held && presentedToken(held, { token, request, nowMs: now() });
      if (!presented) return undefined;
      const decision = presented.usedAt
        ? await decideReuse(repositories, { ...presented, usedAt: presented.usedAt }, settings)
        : await decideFirstUse(refreshTokens, presented);
      if (decision === 'refuse') return undefined;
      if (decision !== 'rotate') return decision;
      const made = await complete(repositories, proven(presented));
      await markUsed(refreshTokens, presented, made);
      return made;
    });
    // Thrown after the transaction: the end of a family must not be undone with the refusal.
    if (!answer) throw new OAuthProblem('invalid_grant');
    return answer;
  };
}

async function decideFirstUse(
  refreshTokens: RefreshTokenRepository,
  { nowMs, ...token }: PresentedToken,
) {
  if (token.expiresAt.getTime() <= nowMs) return 'refuse';
  // The answer that brought this token has arrived, and no other tab asks for it any more.
  if (nowMs - token.createdAt.getTime() > SAME_ANSWER_WINDOW_MS)
    await refreshTokens.forgetAnswers(token.session.id);
  return 'rotate';
}

function proven({ session, person, usedAt }: PresentedToken): ProvenGrant {
  const wasGranted = grantedBefore(session);
  const { authTime, amr } = session;
  return {
    subject: personSubject(person),
    // A refresh is no sign-in.
    ...(authTime ? { authentication: { authTime, amr } } : {}),
    wasGranted,
    isDefault: wasGranted,
    session: { do: 'continue', session },
    // No token is good for longer than its login.
    notAfter: Math.floor(session.expiresAt.getTime() / 1000),
    audit: {
      type: 'token.refreshed',
      actor: person.username,
      ...(usedAt ? { details: () => ({ retry: true }) } : {}),
    },
  };
}

const markUsed = (
  refreshTokens: RefreshTokenRepository,
  { token, request, usedAt, nowMs }: PresentedToken,
  answer: TokenAnswer,
): Promise<void> =>
  refreshTokens.markUsed(hashOf(token), {
    usedAt: usedAt ?? new Date(nowMs),
    usedBy: hashOf(request.parameters.fingerprint),
    sealedAnswer: sealAnswer(token, answer),
  });
