import { isIP } from 'node:net';
import type { TokenGuard } from '@latchkey/jwt-verify/express';
import type { RouteInput } from '@latchkey/service-kit/http/route';

/** Where a request came from, for sessions and the audit record. */
export interface Caller {
  address: string | undefined;
  device: string | undefined;
  requestId: string | undefined;
}

const MAX_DEVICE_LENGTH = 256;

export function callerOf({ req, context }: Pick<RouteInput<object>, 'req' | 'context'>): Caller {
  const device = req.headers['user-agent']?.slice(0, MAX_DEVICE_LENGTH);
  // Behind a trusted proxy it is the text in X-Forwarded-For, which need not be an address.
  const address = isIP(req.ip ?? '') === 0 ? undefined : req.ip;
  return { address, device, requestId: context.requestId };
}

/** What the audit record says of a change: who acts, and from where. */
export interface AuditContext {
  /** A username, a client id, or `system`. */
  actor: string;
  caller: Caller;
}

/** For a route behind `requireToken`. */
export const auditContextOf = (
  input: Pick<RouteInput<object, TokenGuard>, 'person' | 'req' | 'context'>,
): AuditContext => ({ actor: input.person.username, caller: callerOf(input) });

/** For scheduled work and for commands, which no request causes. */
export const systemCaller: Caller = { address: undefined, device: undefined, requestId: undefined };
