import type { AccessTokenClaims, VerifiedToken, Verifier } from '@latchkey/jwt-verify';
import {
  defineGuard,
  type Requirements,
  requireToken,
  type Guard as TokenGuard,
  tokenOf,
} from '@latchkey/jwt-verify/express';
import type { NextFunction, Request, Response } from 'express';

export type Access = Requirements<AccessTokenClaims>;

/** A guard that also names its requirements, for the API document. */
export type Guard = TokenGuard & { access?: Access };

/** `requireToken({ scope: 'todo:read' })`, bound to a service's one verifier. */
export type RequireToken = (access?: Access) => Guard;

/**
 * Decides over a token that is valid by itself, and over all that the route asks for: rejects to
 * refuse the request.
 */
export type Judge = (token: VerifiedToken, access: Access) => Promise<void>;

/** @param judge in place of what the token itself says of scopes and roles */
export function requireTokenFrom(verifier: Verifier, judge?: Judge): RequireToken {
  return (access = {}) => {
    const guard = judge
      ? judgedBy(judge, requireToken(verifier), access)
      : requireToken(verifier, access);
    return Object.assign(guard, { access });
  };
}

const judgedBy = (judge: Judge, verify: TokenGuard, access: Access): TokenGuard =>
  defineGuard((req: Request, res: Response, next: NextFunction) => {
    verify(req, res, (error) => {
      if (error !== undefined) return next(error);
      judge(tokenOf(req), access).then(() => next(), next);
    });
  });
