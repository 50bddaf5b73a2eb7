import type { AccessTokenClaims, Verifier } from '@latchkey/jwt-verify';
import {
  type Requirements,
  requireToken,
  type Guard as TokenGuard,
} from '@latchkey/jwt-verify/express';

/** A guard that also says what it asks for, so that the API document can tell. */
export type Guard = TokenGuard & { access?: Requirements<AccessTokenClaims> };

/** `requireToken({ scope: 'todo:read' })`, bound to a service's one verifier. */
export type RequireToken = (access?: Requirements<AccessTokenClaims>) => Guard;

export function requireTokenFrom(verifier: Verifier): RequireToken {
  return (access = {}) => Object.assign(requireToken(verifier, access), { access });
}
