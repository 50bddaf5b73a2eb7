import type { Duplex } from 'node:stream';
import type { Problem } from '@latchkey/service-kit/problems';
import type { Dispatcher } from 'undici';
import { problems } from '../errors.ts';
import type { Copy } from '../upstreams/copy.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { Exchange } from './exchange.ts';
import { type Body, StreamedBody } from './request-body.ts';
import { closesConnection, responseHeaders } from './response-headers.ts';
import { mayRepeat, toProblem } from './upstream-errors.ts';
import { type AnswerBounds, WaitingAnswer } from './waiting-answer.ts';

export type Headers = Record<string, string | string[] | undefined>;

/** Called when a service has agreed to leave HTTP: with the head of its 101, and the connection. */
type OnUpgrade = (headers: Headers, service: Duplex) => void;

export interface ForwardedRequest {
  /** Whose share of the copy's places it takes. */
  client: string;
  headers: string[];
  body: Body | null;
  /** Set for a WebSocket handshake. */
  onUpgrade?: OnUpgrade;
}

/** One request on its way to a service and back. */
export class Forwarding implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #upstream: Upstream;
  readonly #client: string;
  readonly #request: Dispatcher.DispatchOptions;
  readonly #bounds: AnswerBounds;
  readonly #onUpgrade: OnUpgrade | undefined;
  #waiting: WaitingAnswer | undefined;
  #copy: Copy | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #repeated = false;
  #sent = false;
  #answered = false;
  #gone = false;

  constructor(
    exchange: Exchange,
    upstream: Upstream,
    { client, headers, body, onUpgrade }: ForwardedRequest,
    bounds: AnswerBounds,
  ) {
    this.#exchange = exchange;
    this.#upstream = upstream;
    this.#client = client;
    this.#onUpgrade = onUpgrade;
    this.#request = {
      path: exchange.req.url as string,
      method: exchange.req.method as Dispatcher.HttpMethod,
      headers,
      body,
      upgrade: onUpgrade ? 'websocket' : null,
    };
    this.#bounds = bounds;
    exchange.onGone = () => this.#abandon();
  }

  /** Hands the request to a copy. */
  send(): void {
    const copy = this.#place(this.#upstream.pick());
    copy?.dispatch(this.#request, this);
  }

  /** Hands it to another copy, or to the same when there is no other: over a new connection, and once. */
  #sendAgain(): void {
    this.#repeated = true;
    const copy = this.#place(this.#upstream.pick(this.#copy) ?? this.#copy);
    copy?.dispatchAnew(this.#request, this);
  }

  /** Takes a place at a copy, or answers why there is none. */
  #place(copy: Copy | undefined): Copy | undefined {
    if (!copy) return this.#refuse(problems.upstream_unavailable());
    if (!copy.places.take(this.#client)) {
      const isOwnShare = copy.places.heldBy(this.#client) > 0;
      return this.#refuse(isOwnShare ? problems.too_many_requests() : problems.overloaded());
    }
    this.#copy = copy;
    this.#sent = false;
    return copy;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#gone) throw new Error('the client is gone');
    this.#sent = true;
    this.#controller = controller;
  }

  onRequestUpgrade(
    _controller: Dispatcher.DispatchController,
    _status: number,
    headers: Headers,
    service: Duplex,
  ): void {
    this.#release();
    if (this.#gone) service.destroy();
    else this.#onUpgrade?.(headers, service);
  }

  onResponseStarted(): void {
    this.#answered = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Headers,
  ): void {
    if (status < 200) {
      this.#passOnHints(status, headers);
      return;
    }
    // A copy that closes its connections is leaving: it is asked at once, not at the next round.
    if (this.#copy?.state === 'ready' && closesConnection(headers)) {
      void this.#upstream.check(this.#copy);
    }
    this.#controller = controller;
    this.#exchange.writeHead(status, responseHeaders(headers));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#exchange.res.write(chunk)) return;
    this.#waiting ??= new WaitingAnswer(this.#exchange, this.#client, this.#bounds, () =>
      this.#controller?.resume(),
    );
    if (!this.#waiting.add(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#release();
    this.#exchange.res.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    if (this.#gone) return;
    const copy = this.#copy as Copy;
    if (!this.#sent) this.#upstream.markUnreachable(copy);
    if (this.#maySendAgain(error)) this.#sendAgain();
    else this.#refuse(toProblem(error, { sent: this.#sent }));
  }

  #maySendAgain(error: Error): boolean {
    if (this.#repeated || this.#answered) return false;
    // No service can have seen it; but a copy that took no connection is not asked a second time.
    if (!this.#sent) return this.#upstream.pick(this.#copy) !== undefined;
    return this.#request.body === null && mayRepeat(this.#request.method, error);
  }

  /** 103 Early Hints. */
  #passOnHints(status: number, { link }: Headers): void {
    if (status === 103 && link) this.#exchange.res.writeEarlyHints({ link });
  }

  #abandon(): void {
    this.#gone = true;
    this.#endBody();
    this.#controller?.abort(new Error('the client is gone'));
  }

  #refuse(problem: Problem): undefined {
    this.#endBody();
    this.#exchange.fail(problem);
  }

  #endBody(): void {
    const { body } = this.#request;
    if (body instanceof StreamedBody) body.destroy();
  }

  #release(): void {
    this.#copy?.places.giveBack(this.#client);
  }
}
