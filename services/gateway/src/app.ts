import type { RequestListener } from 'node:http';
import type { Verifier } from '@latchkey/jwt-verify';
import { createServiceApp } from '@latchkey/service-kit/http/app';
import { networkOf } from '@latchkey/service-kit/http/client-network';
import { Problem, toProblem } from '@latchkey/service-kit/http/problems';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import type { Log } from '@latchkey/service-kit/process/log';
import type { Metrics } from '@latchkey/service-kit/process/metrics';
import { docsRoutes } from './docs/docs-routes.ts';
import { createServiceDocuments } from './docs/service-documents.ts';
import { Forwarding } from './forwarding/forwarding.ts';
import { type Body, type BodyBounds, BodyReader } from './forwarding/request-body.ts';
import { requestHeaders } from './forwarding/request-headers.ts';
import { allowReading, answerPreflight } from './intake/cors-answers.ts';
import { createForwardedReader } from './intake/forwarded-info.ts';
import { allowSilence } from './intake/harden-server.ts';
import { framingProblem, hasBody } from './intake/request-framing.ts';
import { pathOf, targetProblem } from './intake/request-target.ts';
import type { RevocationCheck } from './intake/revocation-check.ts';
import { isResourceMetadata, type ProtectedResources } from './metadata/protected-resources.ts';
import { resourceRoutes } from './metadata/resource-routes.ts';
import { ProxiedRequest, type ProxiedRequestDeps } from './proxied-request.ts';
import type { ServicePolicy } from './service-policies.ts';
import type { BrowserSessions } from './sessions/browser-sessions.ts';
import type { SessionToken } from './sessions/session-gate.ts';
import { administratorGuard } from './system/administrator-guard.ts';
import { systemRoutes } from './system/system-routes.ts';
import type { Upgrades } from './upgrades/upgrades.ts';
import type { Traffic } from './upstreams/traffic.ts';
import type { Upstream } from './upstreams/upstream.ts';
import type { Upstreams } from './upstreams/upstreams.ts';
import { webRoutes, withoutWeb } from './web/web-routes.ts';

export interface AppDeps extends ProxiedRequestDeps {
  service: ServiceJson;
  log: Log;
  metrics: Metrics;
  upstreams: Upstreams;
  bounds: BodyBounds;
  trustedProxies: readonly string[];
  /** How each service is treated; without a service, the gateway's own addresses. */
  servicePolicyOf: (upstream?: Upstream) => ServicePolicy;
  upgrades: Upgrades;
  /** Absent where the services alone check it, which they do anyway. */
  revocationOf?: RevocationCheck | undefined;
  resources: ProtectedResources;
  /** Absent where no tokens are checked here. */
  verifier?: Verifier | undefined;
  startedAt: Date;
  /** Absent where nobody signs in by browser. */
  sessions?: BrowserSessions | undefined;
  /** The built browser app; absent where there is none. */
  webDir?: string | undefined;
}

/**
 * The public port, in reading order: refuse what two readers could read in two ways, find the
 * service, read the body, forward. What no service claims is the gateway's own.
 *
 * Forwarding does not go through Express, which would cost each request as much again.
 */
export function createApp(deps: AppDeps): RequestListener {
  const { service, upstreams, upgrades, bounds, log, metrics, health } = deps;
  const forwardedOf = createForwardedReader(deps.trustedProxies);
  const extra = [
    docsRoutes(createServiceDocuments(upstreams)),
    resourceRoutes(deps.resources),
    deps.webDir === undefined ? withoutWeb() : webRoutes(deps.webDir),
  ];
  const { gate, routes: sessionRoutes = [], isAway } = deps.sessions ?? {};
  const mayAdminister = administratorGuard({ upstreams, gate, forwardedOf });
  const { verifier, startedAt } = deps;
  const routes = [
    ...sessionRoutes,
    ...systemRoutes({ upstreams, verifier, mayAdminister, startedAt }),
  ];
  const own = createServiceApp({
    service,
    log,
    metrics,
    health,
    routes,
    extra,
    ...(isAway ? { isUnavailable: isAway } : {}),
  });

  return (req, res) => {
    const target = req.url as string;
    const badTarget = targetProblem(target);
    const match = badTarget ? undefined : upstreams.find(pathOf(target));
    const { cors, headers: asked } = deps.servicePolicyOf(match?.upstream);
    const begin = (route: string, traffic?: Traffic) =>
      new ProxiedRequest(req, res, { route, cors, traffic }, deps);

    const refusal = badTarget ?? framingProblem(req, bounds.maxBodyBytes);
    if (refusal) return begin('(refused)').fail(refusal);

    // Open to every origin, whoever may call the issuer, whose routes are around it.
    if (isResourceMetadata(pathOf(target))) return own(req, res);

    const preflight = cors?.preflight(req);
    if (preflight) {
      // Its own headers say all that a browser asks.
      const route = match?.prefix ?? '(no route)';
      return answerPreflight(new ProxiedRequest(req, res, { route }, deps), preflight);
    }

    if (!match) {
      allowReading(req, res, cors);
      return own(req, res);
    }

    const proxied = begin(match.prefix, match.upstream.traffic);
    const { upstream } = match;
    const refused = deps.revocationOf?.(req) ?? upgrades.refusalOf(req, upstream);
    if (refused) return proxied.fail(refused);

    const use = gate?.useOf(req) ?? 'none';
    if (use instanceof Problem) return proxied.fail(use);

    allowSilence(req.socket, upstream.limits);
    const forwarded = forwardedOf(req);
    const network = networkOf(forwarded.address);
    const { cookies } = upstream.members;
    const headers = requestHeaders(req, upstream.host, forwarded, proxied.context, asked, cookies);
    const goOn = (session?: SessionToken) => {
      // The client left during the look-up: nothing is told of it any more.
      if (proxied.res.destroyed) return;
      if (session?.token) proxied.isPersonal = true;
      if (session?.token) headers.push('authorization', `Bearer ${session.token}`);
      const { onUnauthorized } = session ?? {};
      const forward = (body: Body | null) => {
        const request = { network, headers, body, onUnauthorized };
        new Forwarding(proxied, upstream, request, bounds).send();
      };
      if (hasBody(req)) new BodyReader(proxied, bounds, forward).start(network);
      else forward(null);
    };
    if (!gate || use === 'none') return goOn();
    const { address } = forwarded;
    gate
      .tokenFor(proxied, { secret: use.secret, scope: upstream.members.scope, address })
      .then(goOn)
      .catch((error: unknown) => proxied.fail(toProblem(error, () => false)));
  };
}
