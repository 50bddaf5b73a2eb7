import type { VerifiedToken } from '@latchkey/jwt-verify';
import type { RequestContext } from '@latchkey/service-kit/request-context';
import type { Request } from 'express';

/** From where a request came, for sessions and the audit record. */
export interface Caller {
  address: string | undefined;
  device: string | undefined;
  requestId: string | undefined;
}

const MAX_DEVICE_LENGTH = 256;

export function callerOf(req: Request, context: RequestContext): Caller {
  const device = req.headers['user-agent']?.slice(0, MAX_DEVICE_LENGTH);
  return { address: req.ip, device, requestId: context.requestId };
}

/** Who asked for an act upon somebody or something else. */
export interface Order {
  /** A username, a client id, or `system`. */
  actor: string;
  caller: Caller;
}

export const orderOf = (auth: VerifiedToken, req: Request, context: RequestContext): Order => ({
  actor: auth.subject,
  caller: callerOf(req, context),
});

/** The service itself, for what nobody asked for. */
export const systemCaller: Caller = { address: undefined, device: undefined, requestId: undefined };
