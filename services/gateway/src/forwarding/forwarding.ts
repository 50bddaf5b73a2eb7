import type { Duplex } from 'node:stream';
import type { Problem } from '@latchkey/service-kit/http/problems';
import { isEventStream } from '@latchkey/service-kit/http/reply';
import type { Dispatcher } from 'undici';
import { problems } from '../errors.ts';
import type { ProxiedRequest } from '../proxied-request.ts';
import type { Instance } from '../upstreams/instance.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import { type BufferBounds, BufferedResponse } from './buffered-response.ts';
import { type Body, StreamedBody } from './request-body.ts';
import {
  closesConnection,
  isTokenRefused,
  type ResponseHeaders,
  responseHeaders,
} from './response-headers.ts';
import { mayRepeat, toProblem } from './upstream-errors.ts';

/** An answer up to this length leaves in one write with its head, if it arrived in one piece. */
const ONE_WRITE_BYTES = 8 * 1024;

/** Called when a service has agreed to leave HTTP: with the head of its 101, and the connection. */
type OnUpgrade = (headers: ResponseHeaders, service: Duplex) => void;

export interface ForwardedRequest {
  /** The client's: whose share of the instance's places it takes. */
  network: string;
  headers: string[];
  body: Body | null;
  /** Set for a WebSocket handshake. */
  onUpgrade?: OnUpgrade;
  /** Called when the service says that the token is not good (RFC 6750 §3.1). */
  onUnauthorized?: (() => void) | undefined;
}

/** One request on its way to a service and back. */
export class Forwarding implements Dispatcher.DispatchHandler {
  readonly #proxied: ProxiedRequest;
  readonly #upstream: Upstream;
  readonly #network: string;
  readonly #request: Dispatcher.DispatchOptions;
  readonly #bounds: BufferBounds;
  readonly #onUpgrade: OnUpgrade | undefined;
  readonly #onUnauthorized: (() => void) | undefined;
  #waiting: BufferedResponse | undefined;
  #instance: Instance | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #repeated = false;
  #sent = false;
  #answered = false;
  #aborted = false;
  /** Of the answer's body, where its head says so. */
  #bodyLength: number | undefined;

  constructor(
    proxied: ProxiedRequest,
    upstream: Upstream,
    { network, headers, body, onUpgrade, onUnauthorized }: ForwardedRequest,
    bounds: BufferBounds,
  ) {
    this.#proxied = proxied;
    this.#upstream = upstream;
    this.#network = network;
    this.#onUpgrade = onUpgrade;
    this.#onUnauthorized = onUnauthorized;
    this.#request = {
      path: proxied.req.url as string,
      method: proxied.req.method as Dispatcher.HttpMethod,
      headers,
      body,
      upgrade: onUpgrade ? 'websocket' : null,
    };
    this.#bounds = bounds;
    proxied.onAborted = () => this.#abandon();
  }

  /** Hands the request to an instance. */
  send(): void {
    const instance = this.#place(this.#upstream.pick());
    instance?.dispatch(this.#request, this);
  }

  /** Hands it to another instance, or to the same when there is no other: over a new connection, and once. */
  #sendAgain(): void {
    this.#repeated = true;
    const instance = this.#place(this.#upstream.pick(this.#instance) ?? this.#instance);
    instance?.dispatchAnew(this.#request, this);
  }

  /** Takes a place at an instance, or answers why there is none. */
  #place(instance: Instance | undefined): Instance | undefined {
    if (!instance) return this.#refuse(problems.upstream_unavailable());
    if (!instance.places.take(this.#network)) {
      const isOwnShare = instance.places.heldBy(this.#network) > 0;
      return this.#refuse(isOwnShare ? problems.too_many_requests() : problems.overloaded());
    }
    this.#instance = instance;
    this.#sent = false;
    return instance;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#aborted) throw new Error('the client disconnected');
    this.#sent = true;
    this.#controller = controller;
  }

  onRequestUpgrade(
    _controller: Dispatcher.DispatchController,
    _status: number,
    headers: ResponseHeaders,
    service: Duplex,
  ): void {
    this.#release();
    if (this.#aborted) service.destroy();
    else this.#onUpgrade?.(headers, service);
  }

  /** Called at the first byte, `onResponseStart` when the head is complete. */
  onResponseStarted(): void {
    this.#answered = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: ResponseHeaders,
  ): void {
    if (status < 200) {
      this.#passOnHints(status, headers);
      return;
    }
    // An instance that closes its connections is leaving: it is asked at once, not at the next round.
    if (this.#instance?.state === 'ready' && closesConnection(headers)) {
      void this.#upstream.check(this.#instance);
    }
    if (status === 401 && isTokenRefused(headers)) this.#onUnauthorized?.();
    this.#controller = controller;
    this.#bodyLength = Number(headers['content-length']);
    this.#proxied.writeHead(status, responseHeaders(headers, this.#upstream.members.cookies));
    // It would hold up the end of the gateway.
    if (isEventStream(headers['content-type'])) this.#proxied.endOnDrain(() => this.#endStream());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { res } = this.#proxied;
    if (chunk.length === this.#bodyLength && chunk.length <= ONE_WRITE_BYTES) {
      // Node writes head and body together if both are text: a fifth of what serving it costs.
      res.end(chunk.toString('latin1'), 'latin1');
      return;
    }
    if (res.write(chunk)) return;
    this.#waiting ??= new BufferedResponse(this.#proxied, this.#network, this.#bounds, () =>
      this.#controller?.resume(),
    );
    if (!this.#waiting.add(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#release();
    this.#proxied.res.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    if (this.#aborted) return;
    const instance = this.#instance as Instance;
    if (!this.#sent) this.#upstream.markUnreachable(instance);
    if (this.#maySendAgain(error)) this.#sendAgain();
    else this.#refuse(toProblem(error, { sent: this.#sent }));
  }

  #maySendAgain(error: Error): boolean {
    if (this.#repeated || this.#answered) return false;
    // No service can have seen it; but an instance that took no connection is not asked a second time.
    if (!this.#sent) return this.#upstream.pick(this.#instance) !== undefined;
    return this.#request.body === null && mayRepeat(this.#request.method, error);
  }

  /** 103 Early Hints. */
  #passOnHints(status: number, { link }: ResponseHeaders): void {
    if (status === 103 && link) this.#proxied.res.writeEarlyHints({ link });
  }

  #endStream(): void {
    this.#proxied.res.end();
    this.#abandon();
  }

  #abandon(): void {
    this.#aborted = true;
    this.#endBody();
    this.#controller?.abort(new Error('the client disconnected'));
  }

  #refuse(problem: Problem): undefined {
    this.#endBody();
    this.#proxied.fail(problem);
  }

  #endBody(): void {
    const { body } = this.#request;
    if (body instanceof StreamedBody) body.destroy();
  }

  #release(): void {
    this.#instance?.places.giveBack(this.#network);
  }
}
