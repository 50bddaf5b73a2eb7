import { randomUUID, timingSafeEqual } from 'node:crypto';
import { hashOf } from '@latchkey/service-kit/http/secrets';
import { personSubject } from '../access/access-token.ts';
import { OAuthProblem } from '../errors.ts';
import { emailClaims } from '../mail/email-address.ts';
import { grantedBefore, OFFLINE_ACCESS } from '../scopes/scope-catalog.ts';
import type { Store } from '../store.ts';
import type { FoundCode } from './authorization-code-repository.ts';
import type { GrantRequest, ProvenGrant, Redeem } from './grant.ts';

interface Dependencies {
  now: () => number;
}

type Code = FoundCode & { person: NonNullable<FoundCode['person']> };

/**
 * RFC 6749 §4.1.3 with PKCE (RFC 7636). The statement that opens the session uses the code: of two
 * requests that bring it, one gets tokens, and the other ends them.
 */
export function authorizationCodeGrant(store: Store, { now }: Dependencies): Redeem {
  return async (request, complete) => {
    const { parameters } = request;
    const hash = hashOf(parameters.require('code'));
    const verifier = parameters.require('code_verifier');
    const redirectUri = parameters.require('redirect_uri');
    const code = await store.authorizationCodes.find(hash);
    if (!code || code.clientId !== request.client.id) throw refused();
    const sessionId = randomUUID();
    if (code.usedAt) {
      await endOther(code, sessionId, request);
      throw refused();
    }
    const isGood =
      code.expiresAt.getTime() > now() &&
      code.redirectUri === redirectUri &&
      isChallengeOf(code.codeChallenge, verifier);
    if (!isGood || !hasPerson(code)) throw refused();
    try {
      return await complete(store, proven(code, sessionId, request));
    } catch (error) {
      throw (await endOther(code, sessionId, request)) ? refused() : error;
    }
  };

  /**
   * Two parties had the code: what the first got may be the thief's (RFC 9700 §4.5).
   *
   * @returns whether a request other than this one used it
   */
  function endOther(
    { hash, userId, person }: FoundCode,
    ownSessionId: string,
    { client, caller }: GrantRequest,
  ): Promise<boolean> {
    return store.transaction(async ({ authorizationCodes, endings, audit }) => {
      const sessionId = await authorizationCodes.sessionOf(hash);
      if (sessionId === null || sessionId === ownSessionId) return false;
      const end = { at: new Date(now()), reason: 'authorization_code_reused' };
      await endings.endSession(userId, sessionId, end);
      await audit.record({
        type: 'authorization_code.reused',
        subject: person?.username,
        clientId: client.id,
        caller,
        details: { sessionId },
      });
      return true;
    });
  }
}

const refused = () => new OAuthProblem('invalid_grant');

const hasPerson = (code: FoundCode): code is Code => code.person !== undefined;

function proven(
  { hash: codeHash, person, browserLoginId, nonce, authTime, amr, ...code }: Code,
  sessionId: string,
  { client }: GrantRequest,
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
      login: { id: person.id, browserLoginId, codeHash, roles: person.roles },
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

/** RFC 7636 §4.1, §4.6: S256 is the only method here. */
function isChallengeOf(challenge: string, verifier: string): boolean {
  if (!/^[\w.~-]{43,128}$/.test(verifier)) return false;
  const expected = hashOf(verifier);
  const given = Buffer.from(challenge, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
