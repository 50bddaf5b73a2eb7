import type { Verifier } from '@latchkey/jwt-verify';
import { requireToken } from '@latchkey/jwt-verify/express';
import type { RequestHandler } from 'express';

type Access = NonNullable<Parameters<typeof requireToken>[1]>;

/** A guard that also says what it asks for, so that the API document can tell. */
export type Guard = RequestHandler & { access?: Access };

/** `requireToken({ scope: 'todo:read' })`, bound to a service's one verifier. */
export type RequireToken = (access?: Access) => Guard;

export function requireTokenFrom(verifier: Verifier): RequireToken {
  return (access = {}) => Object.assign(requireToken(verifier, access), { access });
}
