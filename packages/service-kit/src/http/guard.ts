import type { AccessTokenClaims, Verifier } from '@latchkey/jwt-verify';
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
