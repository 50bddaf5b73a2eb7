import { hashOf } from '@latchkey/service-kit/http/secrets';
import { personSubject } from '../access/access-token.ts';
import { OAuthProblem } from '../errors.ts';
import { emailClaims } from '../mail/email-address.ts';
import { grantedBefore, OFFLINE_ACCESS } from '../scopes/scope-catalog.ts';
import type { Store } from '../store.ts';
import type { HeldDeviceAuthorization } from './device-authorization-repository.ts';
import type { GrantRequest, ProvenGrant, Redeem, TokenAnswer } from './grant.ts';

interface Dependencies {
  now: () => number;
}

/** What an answer that came late adds to the time between two requests is not held against a device. */
const JITTER_MS = 1_000;
/** RFC 8628 §3.5. */
const SLOWER_SECONDS = 5;

type NotYet = 'authorization_pending' | 'slow_down';

/**
 * RFC 8628 §3.4. From the look at the code to the answer it is one transaction that holds the
 * code: of two requests with it, one gets tokens.
 */
export function deviceGrant(
  { transaction }: Pick<Store, 'transaction'>,
  { now }: Dependencies,
): Redeem {
  return async (request, complete) => {
    const hash = hashOf(request.parameters.require('device_code'));
    const outcome = await transaction(
      async (repositories): Promise<TokenAnswer | NotYet | RefusedFor> => {
        const { deviceAuthorizations } = repositories;
        const held = await deviceAuthorizations.hold(hash, request.client.id);
        if (!held || held.usedAt) return 'invalid_grant';
        const at = new Date(now());
        if (held.expiresAt <= at) return 'expired_token';
        if (!held.isDecided) {
          const isTooSoon = isBefore(held, at);
          const intervalSeconds = held.intervalSeconds + (isTooSoon ? SLOWER_SECONDS : 0);
          await deviceAuthorizations.markPolled(hash, at, intervalSeconds);
          return isTooSoon ? 'slow_down' : 'authorization_pending';
        }
        if (!held.allowed) return 'access_denied';
        await deviceAuthorizations.markUsed(hash, at);
        return complete(repositories, proven(held.allowed, request, hash));
      },
    );
    // Thrown after the transaction, which has to keep when the device asked.
    if (typeof outcome === 'string') throw new OAuthProblem(outcome);
    return outcome;
  };
}

type RefusedFor = 'invalid_grant' | 'expired_token' | 'access_denied';

const isBefore = ({ polledAt, intervalSeconds }: HeldDeviceAuthorization, at: Date): boolean =>
  polledAt !== null && at.getTime() - polledAt.getTime() < intervalSeconds * 1000 - JITTER_MS;

function proven(
  { person, scope, followsScopes, authTime, amr }: NonNullable<HeldDeviceAuthorization['allowed']>,
  { client }: GrantRequest,
  deviceCodeHash: Uint8Array<ArrayBuffer>,
): ProvenGrant {
  const approved = scope.split(' ');
  const wasGranted = grantedBefore({ scope, followsScopes });
  return {
    subject: personSubject(person),
    wasGranted,
    isDefault: wasGranted,
    followsScopes,
    authentication: { authTime, amr },
    session: {
      do: 'open',
      login: { id: person.id, roles: person.roles, deviceCodeHash },
      withRefreshToken: client.firstParty || approved.includes(OFFLINE_ACCESS),
    },
    ...(approved.includes('openid')
      ? {
          identity: {
            nonce: undefined,
            claims: approved.includes('email') ? emailClaims(person) : {},
          },
        }
      : {}),
    audit: { type: 'token.issued', actor: person.username },
  };
}
