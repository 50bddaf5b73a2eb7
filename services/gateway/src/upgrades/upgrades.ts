import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { networkOf } from '@latchkey/service-kit/http/client-network';
import { Problem, toProblem } from '@latchkey/service-kit/http/problems';
import type { Upgrading } from '@latchkey/service-kit/process/serve';
import { problems } from '../errors.ts';
import type { BufferBounds } from '../forwarding/buffered-response.ts';
import { Forwarding } from '../forwarding/forwarding.ts';
import { requestHeaders } from '../forwarding/request-headers.ts';
import { type ResponseHeaders, responseHeaders } from '../forwarding/response-headers.ts';
import { createForwardedReader, type ForwardedInfo } from '../intake/forwarded-info.ts';
import { allowSilence } from '../intake/harden-server.ts';
import { framingProblem, hasBody } from '../intake/request-framing.ts';
import { pathOf, targetProblem } from '../intake/request-target.ts';
import type { RevocationCheck } from '../intake/revocation-check.ts';
import { ProxiedRequest, type ProxiedRequestDeps } from '../proxied-request.ts';
import type { Match } from '../routing/route-table.ts';
import type { ServicePolicy } from '../service-policies.ts';
import type { SessionGate, SessionToken } from '../sessions/session-gate.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { Upstreams } from '../upstreams/upstreams.ts';
import { OpenUpgrades, type UpgradeLimits } from './open-upgrades.ts';
import { Tunnel } from './tunnel.ts';

const STOPPING = 'The server is shutting down.';

interface UpgradesDeps extends ProxiedRequestDeps {
  bounds: BufferBounds;
  upstreams: Upstreams;
  servicePolicyOf: (upstream: Upstream) => ServicePolicy;
  trustedProxies: readonly string[];
  limits: UpgradeLimits;
  revocationOf?: RevocationCheck | undefined;
  gate?: SessionGate | undefined;
}

/** Forwards WebSocket handshakes to the services that ask for them, and keeps what comes of them. */
export class Upgrades implements Upgrading {
  readonly #deps: UpgradesDeps;
  readonly #forwardedOf: (req: IncomingMessage) => ForwardedInfo;
  readonly #open: OpenUpgrades;
  readonly #tunnels = new Set<Tunnel>();
  #closing = false;

  constructor(deps: UpgradesDeps) {
    this.#deps = deps;
    this.#forwardedOf = createForwardedReader(deps.trustedProxies);
    this.#open = new OpenUpgrades(deps.limits);
  }

  /** Whether a request leaves HTTP; otherwise it is answered like any other, a refused one too. */
  accepts = (req: IncomingMessage): boolean => {
    const match = isHandshake(req) ? this.#find(req) : undefined;
    if (match === undefined || this.#deps.revocationOf?.(req)) return false;
    if (this.#deps.gate?.useOf(req) instanceof Problem) return false;
    return this.refusalOf(req, match.upstream) === undefined;
  };

  /** Why a request to a service is a handshake that is not forwarded. */
  refusalOf(req: IncomingMessage, upstream: Upstream): Problem | undefined {
    if (!isHandshake(req)) return undefined;
    const { servicePolicyOf, health } = this.#deps;
    const policy = servicePolicyOf(upstream);
    if (!policy.upgrade) return problems.upgrade_not_supported();
    const client = this.#forwardedOf(req);
    const { origin } = req.headers;
    if (origin !== undefined && hostOf(origin) !== client.host && !policy.cors?.allows(origin)) {
      return problems.origin_not_allowed();
    }
    if (health.draining) return problems.shutting_down();
    if (this.#open.isFull) return problems.upgrades_exhausted();
    if (this.#open.isFullFor(networkOf(client.address))) return problems.too_many_upgrades();
    return undefined;
  }

  open = (req: IncomingMessage, bare: Duplex, head: Buffer): void => {
    const socket = bare as Socket;
    const { prefix, upstream } = this.#find(req) as Match<Upstream>;
    const forwarded = this.#forwardedOf(req);
    const network = networkOf(forwarded.address);
    const { headers: asked } = this.#deps.servicePolicyOf(upstream);
    socket.on('error', () => {});
    socket.unshift(head);
    allowSilence(socket, upstream.limits);
    const res = responseOn(req, socket);
    res.once('close', this.#open.take(network));
    const { traffic } = upstream;
    const proxied = new ProxiedRequest(req, res, { route: prefix, traffic }, this.#deps);
    const headers = requestHeaders(req, upstream.host, forwarded, proxied.context, asked);
    const onUpgrade = (answer: ResponseHeaders, service: Duplex) => {
      switchProtocols(proxied, answer);
      this.#join(res, new Tunnel(socket, service as Socket, upstream.limits.bodyIdleTimeoutMs));
    };
    const goOn = (session?: SessionToken) => {
      if (proxied.res.destroyed) return;
      if (session?.token) headers.push('authorization', `Bearer ${session.token}`);
      const { onUnauthorized } = session ?? {};
      const request = { network, headers, body: null, onUpgrade, onUnauthorized };
      new Forwarding(proxied, upstream, request, this.#deps.bounds).send();
    };
    const { gate } = this.#deps;
    const use = gate?.useOf(req) ?? 'none';
    if (!gate || use === 'none' || use instanceof Problem) {
      goOn();
      return;
    }
    const { address } = forwarded;
    gate
      .tokenFor(proxied, { secret: use.secret, scope: upstream.members.scope, address })
      .then(goOn)
      .catch((error: unknown) => proxied.fail(toProblem(error, () => false)));
  };

  /** The request ends, and is logged, when the connection does. */
  #join(res: ServerResponse, tunnel: Tunnel): void {
    this.#tunnels.add(tunnel);
    void tunnel.closed.then(() => {
      this.#tunnels.delete(tunnel);
      res.emit('close');
    });
    if (this.#closing) void tunnel.leave(STOPPING);
  }

  /** Closes every connection, one whose handshake is still under way as soon as it is open. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#tunnels].map((tunnel) => tunnel.leave(STOPPING)));
  }

  #find(req: IncomingMessage): Match<Upstream> | undefined {
    const target = req.url as string;
    if (targetProblem(target) || framingProblem(req, 0)) return undefined;
    return this.#deps.upstreams.find(pathOf(target));
  }
}

/** RFC 6455 §4.1. Any other upgrade may be ignored (RFC 9110 §7.8), and is. */
function isHandshake(req: IncomingMessage): boolean {
  const { upgrade, connection } = req.headers;
  return (
    upgrade?.toLowerCase() === 'websocket' &&
    req.method === 'GET' &&
    req.httpVersion === '1.1' &&
    /(?:^|,)\s*upgrade\s*(?:,|$)/i.test(connection ?? '') &&
    !hasBody(req)
  );
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** The last of HTTP on this connection. */
function switchProtocols({ res, context }: ProxiedRequest, answer: ResponseHeaders): void {
  const headers = responseHeaders(answer);
  headers.push('X-Request-Id', context.requestId, 'Connection', 'Upgrade', 'Upgrade', 'websocket');
  const { socket } = res;
  res.writeHead(101, headers).end();
  if (socket) res.detachSocket(socket);
}

/** What is answered where Node leaves a bare socket: until the service agrees, this is still HTTP. */
function responseOn(req: IncomingMessage, socket: Socket): ServerResponse {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket);
  const onDrain = () => res.emit('drain');
  socket.on('drain', onDrain);
  res.once('finish', () => {
    socket.off('drain', onDrain);
    if (res.statusCode !== 101) socket.destroySoon();
  });
  return res;
}
