import type { Guard } from '@latchkey/jwt-verify/express';
import { ok, type Route, route } from '@latchkey/service-kit/http/route';
import type { ServiceVerifier } from '@latchkey/service-kit/joining/service-verifier';
import { z } from 'zod';
import type { Upstream } from '../upstreams/upstream.ts';
import type { Upstreams } from '../upstreams/upstreams.ts';

const systemSchema = z.object({
  startedAt: z.string(),
  services: z.array(
    z.object({
      name: z.string(),
      description: z.string().optional(),
      instances: z.array(
        z.object({ address: z.string(), isHealthy: z.boolean(), inFlight: z.int() }),
      ),
      requestsPerSecond: z.number(),
      errorsPerSecond: z.number(),
      p50Ms: z.number(),
      p99Ms: z.number(),
    }),
  ),
  revocation: z.object({
    isConnected: z.boolean(),
    lastEventDelayMs: z.number().nullable(),
    listAgeSeconds: z.number().nullable(),
  }),
});

type System = z.output<typeof systemSchema>;

interface Dependencies {
  upstreams: Pick<Upstreams, 'all'>;
  /** Absent where the gateway checks no tokens. */
  verifier: Pick<ServiceVerifier['verifier'], 'status'> | undefined;
  mayAdminister: Guard;
  startedAt: Date;
}

/** What this gateway knows of the system, for administrators. */
export function systemRoutes({ upstreams, verifier, mayAdminister, startedAt }: Dependencies) {
  return [
    route({
      method: 'get',
      path: '/system',
      guard: mayAdminister,
      hidden: true,
      summary: 'The services, their instances and their traffic in the last ten seconds',
      responses: {
        200: { description: 'As this copy of the gateway sees it.', schema: systemSchema },
        503: { description: 'auth-service, which knows who administers, does not answer.' },
      },
      handle() {
        const system: System = {
          startedAt: startedAt.toISOString(),
          services: upstreams.all.map(toService),
          revocation: toRevocation(verifier),
        };
        return ok(system, { 'Cache-Control': 'no-store' });
      },
    }),
  ] satisfies Route[];
}

function toService({ name, members, instances, traffic }: Upstream): System['services'][number] {
  const { description } = members;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    instances: instances.map(({ address, state, pending }) => ({
      address,
      isHealthy: state === 'ready',
      inFlight: pending,
    })),
    ...traffic.figures(),
  };
}

function toRevocation(verifier: Dependencies['verifier']): System['revocation'] {
  const status = verifier?.status();
  const [issuer] = status?.issuers ?? [];
  return {
    isConnected: status?.revocation === 'current',
    lastEventDelayMs: issuer?.revocationDelayMs ?? null,
    listAgeSeconds: issuer?.revocationAgeSeconds ?? null,
  };
}
