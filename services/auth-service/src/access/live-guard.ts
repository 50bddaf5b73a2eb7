import type { Verifier } from '@latchkey/jwt-verify';
import { type RequireToken, requireTokenFrom } from '@latchkey/service-kit/http/guard';
import type { LookUpLiveToken } from './live-token.ts';

/**
 * The guard of every route here that is not public. A token is judged by the account, the session
 * and the client as they are now, not as they were when it was signed.
 */
export const requireLiveToken = (
  verifier: Verifier,
  lookUpLiveToken: LookUpLiveToken,
): RequireToken =>
  requireTokenFrom(verifier, async (token) => {
    const live = await lookUpLiveToken(token);
    if (!live) return undefined;
    const { subject, scopes } = live;
    return { scopes, roles: subject.kind === 'person' ? subject.roles : [] };
  });
