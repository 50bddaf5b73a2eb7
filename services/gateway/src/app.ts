import type { RequestListener } from 'node:http';
import { requestRecorder } from '@latchkey/service-kit/access-log';
import { createServiceApp } from '@latchkey/service-kit/app';
import type { Health } from '@latchkey/service-kit/health';
import type { Log } from '@latchkey/service-kit/log';
import type { Metrics } from '@latchkey/service-kit/metrics';
import type { ServiceJson } from '@latchkey/service-kit/service-json';
import { networkOf } from './bounds/client-network.ts';
import { FairShares } from './bounds/fair-shares.ts';
import type { RateLimits } from './bounds/least-rate.ts';
import { docsRoutes } from './docs/docs-routes.ts';
import { createServiceDocuments } from './docs/service-documents.ts';
import { Exchange } from './forwarding/exchange.ts';
import { Forwarding } from './forwarding/forwarding.ts';
import { type Body, BodyReader } from './forwarding/request-body.ts';
import { requestHeaders } from './forwarding/request-headers.ts';
import { createOriginReader } from './intake/client-origin.ts';
import { framingProblem, hasBody } from './intake/request-framing.ts';
import { pathOf, targetProblem } from './intake/request-target.ts';
import type { Upstreams } from './upstreams/upstreams.ts';

export interface AppDeps {
  service: ServiceJson;
  log: Log;
  metrics: Metrics;
  health: Health;
  upstreams: Upstreams;
  maxBodyBytes: number;
  /** What bodies and answers of slow clients may hold in memory, all together. */
  maxBufferBytes: number;
  /** How fast a client must send a body and read an answer. */
  leastRate: RateLimits;
  trustedProxies: readonly string[];
}

/**
 * The public door, in reading order: refuse what two readers could read in two ways, find the
 * service, read the body, forward. What no service claims is the gateway's own.
 *
 * Forwarding does not go through Express, which would cost each request as much again.
 */
export function createApp(deps: AppDeps): RequestListener {
  const { service, upstreams, maxBodyBytes, log, metrics, health } = deps;
  const buffers = new FairShares(deps.maxBufferBytes);
  const bounds = { maxBodyBytes, buffers, rate: deps.leastRate };
  const originOf = createOriginReader(deps.trustedProxies);
  const exchanges = { record: requestRecorder(log, metrics), health };
  const docs = docsRoutes(createServiceDocuments(upstreams.all));
  const own = createServiceApp({ service, log, metrics, health, routes: [], extra: [docs] });

  return (req, res) => {
    const target = req.url as string;
    const refusal = targetProblem(target) ?? framingProblem(req, maxBodyBytes);
    if (refusal) return new Exchange(req, res, '(refused)', exchanges).fail(refusal);

    const match = upstreams.find(pathOf(target));
    if (!match) return own(req, res);

    const exchange = new Exchange(req, res, match.prefix, exchanges);
    const upstream = match.target;
    const origin = originOf(req);
    const client = networkOf(origin.address);
    const headers = requestHeaders(req, upstream.host, origin, exchange.context);
    const forward = (body: Body | null) =>
      new Forwarding(exchange, upstream, { client, headers, body }, bounds).send();
    if (hasBody(req)) new BodyReader(exchange, bounds, forward).start(client);
    else forward(null);
  };
}
