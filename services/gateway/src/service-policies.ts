import type { GatewayMembers } from '@latchkey/service-kit/joining/gateway-members';
import { passesOn } from './forwarding/request-headers.ts';
import { type Cors, createCors } from './intake/cors.ts';
import type { Upstream } from './upstreams/upstream.ts';

/** How requests to one service are treated here, by its `service.json` and the operator's settings. */
export interface ServicePolicy {
  /** Undefined where no other origin may call: then nothing of CORS is answered here. */
  cors: Cors | undefined;
  /** Request headers that this service asks for, in lower case. */
  headers: ReadonlySet<string> | undefined;
  upgrade: boolean;
}

/** The gateway writes these itself, from what the client sends. */
const TAKEN_UP = new Set(['x-request-id', 'traceparent']);

/** @param corsOrigins the operator's, for every service */
function createPolicy(members: GatewayMembers, corsOrigins: readonly string[]): ServicePolicy {
  const headers = members.headers && new Set(members.headers);
  const isUsed = (name: string) => TAKEN_UP.has(name.toLowerCase()) || passesOn(name, headers);
  return {
    cors: createCors([...corsOrigins, ...(members.cors ?? [])], isUsed),
    headers,
    upgrade: members.upgrade === true,
  };
}

/** Every service's policy, and without a service that of the gateway's own addresses. */
export function createPolicies(corsOrigins: readonly string[]) {
  const policies = new WeakMap<Upstream, ServicePolicy>();
  const own = createPolicy({}, corsOrigins);
  return (upstream?: Upstream): ServicePolicy => {
    if (!upstream) return own;
    const known = policies.get(upstream);
    if (known) return known;
    const policy = createPolicy(upstream.members, corsOrigins);
    policies.set(upstream, policy);
    return policy;
  };
}
