import { isIP } from 'node:net';
import type { VerifiedToken } from '@latchkey/jwt-verify';
import { personOf } from '@latchkey/service-kit/person';
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
  // Behind a trusted proxy it is what stands in X-Forwarded-For, be it an address or not.
  const address = isIP(req.ip ?? '') === 0 ? undefined : req.ip;
  return { address, device, requestId: context.requestId };
}

/** Who acts on another account or object. */
export interface Order {
  /** A username, a client id, or `system`. */
  actor: string;
  caller: Caller;
}

export const orderOf = (auth: VerifiedToken, req: Request, context: RequestContext): Order => ({
  actor: personOf(auth).username,
  caller: callerOf(req, context),
});

/** The service itself, for what nobody asked for. */
export const systemCaller: Caller = { address: undefined, device: undefined, requestId: undefined };
