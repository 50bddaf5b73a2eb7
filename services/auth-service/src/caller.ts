import { isIP } from 'node:net';
import type { VerifiedToken } from '@latchkey/jwt-verify';
import { personOf } from '@latchkey/service-kit/http/person';
import type { RequestContext } from '@latchkey/service-kit/http/request-context';
import type { Request } from 'express';

/** Where a request came from, for sessions and the audit record. */
export interface Caller {
  address: string | undefined;
  device: string | undefined;
  requestId: string | undefined;
}

const MAX_DEVICE_LENGTH = 256;

export function callerOf(req: Request, context: RequestContext): Caller {
  const device = req.headers['user-agent']?.slice(0, MAX_DEVICE_LENGTH);
  // Behind a trusted proxy it is what stands in X-Forwarded-For, be it an address or not.
  const address = isIP(req.ip ?? '') === 0 ? undefined : req.ip;
  return { address, device, requestId: context.requestId };
}

/** What the audit record says of a change: who acts, and from where. */
export interface AuditContext {
  /** A username, a client id, or `system`. */
  actor: string;
  caller: Caller;
}

export const auditContextOf = (
  auth: VerifiedToken,
  req: Request,
  context: RequestContext,
): AuditContext => ({
  actor: personOf(auth).username,
  caller: callerOf(req, context),
});

/** For scheduled work and for commands, which no request causes. */
export const systemCaller: Caller = { address: undefined, device: undefined, requestId: undefined };
