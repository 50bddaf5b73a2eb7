import type { Verifier } from '@latchkey/jwt-verify';
import { type RequireToken, requireTokenFrom } from '@latchkey/service-kit/http/guard';
import type { StandingOf } from './standing.ts';

/**
 * The guard of every route here that is not public. A token is judged by the account, the session
 * and the client as they are now, not as they were when it was signed.
 */
export const requireLiveToken = (verifier: Verifier, standingOf: StandingOf): RequireToken =>
  requireTokenFrom(verifier, async (token) => {
    const standing = await standingOf(token);
    if (!standing) return undefined;
    const { subject, scopes } = standing;
    return { scopes, roles: subject.kind === 'person' ? subject.roles : [] };
  });
