import type { RequestListener } from 'node:http';
import { requestRecorder } from '@latchkey/service-kit/access-log';
import { createServiceApp } from '@latchkey/service-kit/app';
import type { Health } from '@latchkey/service-kit/health';
import type { Log } from '@latchkey/service-kit/log';
import type { Metrics } from '@latchkey/service-kit/metrics';
import type { ServiceJson } from '@latchkey/service-kit/service-json';
import { docsRoutes } from './docs/docs-routes.ts';
import { createServiceDocuments } from './docs/service-documents.ts';
import { Exchange } from './forwarding/exchange.ts';
import { Forwarding } from './forwarding/forwarding.ts';
import { RequestBody } from './forwarding/request-body.ts';
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
  trustedProxies: readonly string[];
}

/**
 * The public door, in reading order: refuse what two readers could read in two ways, find the
 * service, forward. What no service claims is the gateway's own.
 *
 * Forwarding does not go through Express, which would cost each request as much again.
 */
export function createApp(deps: AppDeps): RequestListener {
  const { service, upstreams, maxBodyBytes, log, metrics, health } = deps;
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
    const headers = requestHeaders(req, upstream.host, originOf(req), exchange.context);
    const body = hasBody(req) ? new RequestBody(req, maxBodyBytes) : null;
    new Forwarding(exchange, upstream, headers, body).send();
  };
}
