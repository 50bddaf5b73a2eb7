import {
  type AccessTokenClaims,
  TokenError,
  type VerifiedToken,
  type Verifier,
} from '@latchkey/jwt-verify';
import {
  type Requirements,
  requireToken,
  type StandingOf,
  type TokenGuard,
} from '@latchkey/jwt-verify/express';

/** `requireToken({ scope: 'todo:read' })`, bound to a service's one verifier. */
export type RequireToken = (requirements?: Requirements<AccessTokenClaims>) => TokenGuard;

export const requireTokenFrom =
  (verifier: Verifier, standingOf?: StandingOf<AccessTokenClaims>): RequireToken =>
  (requirements) =>
    requireToken(verifier, { ...requirements, standingOf });

/** Whether a token that was good has expired or was revoked since: for what outlasts a request. */
export type HasEnded = (token: Pick<VerifiedToken, 'token' | 'expiresAt'>) => boolean;

export const hasEndedFrom =
  (verifier: Pick<Verifier, 'verifySync'>): HasEnded =>
  ({ token, expiresAt }) => {
    if (Date.now() >= expiresAt * 1000) return true;
    try {
      verifier.verifySync(token);
      return false;
    } catch (error) {
      // Trouble of ours, for which a request would get 503, ends nothing.
      return TokenError.is(error) && error.status === 401;
    }
  };
