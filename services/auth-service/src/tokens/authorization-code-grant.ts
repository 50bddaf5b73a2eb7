import { randomUUID, timingSafeEqual } from 'node:crypto';
import { hashOf } from '@latchkey/service-kit/http/secrets';
import { personSubject } from '../access/access-token.ts';
import { OAuthProblem } from '../errors.ts';
import { emailClaims } from '../mail/email-address.ts';
import { grantedBefore, OFFLINE_ACCESS } from '../scopes/scope-catalog.ts';
import type { Store, Transaction } from '../store.ts';
import type { HeldCode } from './authorization-code-repository.ts';
import type { GrantRequest, ProvenGrant, Redeem } from './grant.ts';

interface Dependencies {
  now: () => number;
}

/**
 * RFC 6749 §4.1.3 with PKCE (RFC 7636). From the look at the code to the answer it is one
 * transaction that holds the code: of two that bring it, one gets tokens, and the other ends them.
 */
export function authorizationCodeGrant(
  { transaction }: Pick<Store, 'transaction'>,
  { now }: Dependencies,
): Redeem {
  return async (request, complete) => {
    const { parameters } = request;
    const hash = hashOf(parameters.require('code'));
    const verifier = parameters.require('code_verifier');
    const redirectUri = parameters.require('redirect_uri');
    const answer = await transaction(async (repositories) => {
      const code = await repositories.authorizationCodes.hold(hash);
      if (!code || code.clientId !== request.client.id) return undefined;
      if (code.usedAt) return endSession(repositories, code, request);
      const isGood =
        code.expiresAt.getTime() > now() &&
        code.redirectUri === redirectUri &&
        isChallengeOf(code.codeChallenge, verifier);
      if (!isGood || !code.person) return undefined;
      const sessionId = randomUUID();
      await repositories.authorizationCodes.markUsed(hash, { usedAt: new Date(now()), sessionId });
      return complete(repositories, proven({ ...code, person: code.person }, request, sessionId));
    });
    // Thrown after the transaction: the end of a session must not be undone with the refusal.
    if (!answer) throw new OAuthProblem('invalid_grant');
    return answer;
  };

  /** Two parties had the code: what the first got may be the thief's (RFC 9700 §4.5). */
  async function endSession(
    { endings, audit }: Transaction,
    { userId, sessionId, person }: HeldCode,
    { client, caller }: GrantRequest,
  ): Promise<undefined> {
    const end = { at: new Date(now()), reason: 'authorization_code_reused' };
    if (sessionId) await endings.endSession(userId, sessionId, end);
    await audit.record({
      type: 'authorization_code.reused',
      subject: person?.username,
      clientId: client.id,
      caller,
      details: { sessionId },
    });
  }
}

function proven(
  { person, browserLoginId, nonce, authTime, amr, ...code }: HeldCode & HasPerson,
  { client }: GrantRequest,
  sessionId: string,
): ProvenGrant {
  const approved = code.scope.split(' ');
  const wasGranted = grantedBefore(code);
  return {
    subject: personSubject(person),
    wasGranted,
    isDefault: wasGranted,
    followsScopes: code.followsScopes,
    session: {
      do: 'open',
      id: sessionId,
      login: { id: person.id, browserLoginId, roles: person.roles },
      withRefreshToken: client.firstParty || approved.includes(OFFLINE_ACCESS),
    },
    authentication: { authTime, amr },
    ...(approved.includes('openid')
      ? {
          identity: {
            nonce,
            claims: approved.includes('email') ? emailClaims(person) : {},
          },
        }
      : {}),
    audit: { type: 'token.issued', actor: person.username },
  };
}

interface HasPerson {
  person: NonNullable<HeldCode['person']>;
}

/** RFC 7636 §4.1, §4.6: S256 is the only method here. */
function isChallengeOf(challenge: string, verifier: string): boolean {
  if (!/^[\w.~-]{43,128}$/.test(verifier)) return false;
  const expected = hashOf(verifier);
  const given = Buffer.from(challenge, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
