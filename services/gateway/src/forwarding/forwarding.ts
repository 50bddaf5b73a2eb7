import type { Duplex } from 'node:stream';
import type { Problem } from '@latchkey/service-kit/problems';
import type { Dispatcher } from 'undici';
import { problems } from '../errors.ts';
import type { Copy } from '../upstreams/copy.ts';
import type { Upstream } from '../upstreams/upstream.ts';
import type { Exchange } from './exchange.ts';
import type { RequestBody } from './request-body.ts';
import { closesConnection, responseHeaders } from './response-headers.ts';
import { mayRepeat, toProblem } from './upstream-errors.ts';

const MAX_PENDING_PER_COPY = 1024;

export type Headers = Record<string, string | string[] | undefined>;

/** Called when a service has agreed to leave HTTP: with the head of its 101, and the connection. */
export type OnUpgrade = (headers: Headers, service: Duplex) => void;

/** One request on its way to a service and back. */
export class Forwarding implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #upstream: Upstream;
  readonly #request: Dispatcher.DispatchOptions;
  readonly #body: RequestBody | null;
  readonly #onUpgrade: OnUpgrade | undefined;
  #copy: Copy | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #firstCopy: Copy | undefined;
  #sent = false;
  #answered = false;
  #gone = false;

  constructor(
    exchange: Exchange,
    upstream: Upstream,
    headers: string[],
    body: RequestBody | null,
    onUpgrade?: OnUpgrade,
  ) {
    this.#exchange = exchange;
    this.#upstream = upstream;
    this.#body = body;
    this.#onUpgrade = onUpgrade;
    this.#request = {
      path: exchange.req.url as string,
      method: exchange.req.method as Dispatcher.HttpMethod,
      headers,
      body,
      upgrade: onUpgrade ? 'websocket' : null,
    };
    exchange.onGone = () => this.#abandon();
    exchange.res.on('drain', () => this.#controller?.resume());
  }

  /** Hands the request to a copy; a second call, to another one if there is another. */
  send(): void {
    const copy = this.#upstream.pick(this.#copy) ?? this.#copy;
    if (!copy || copy.pending >= MAX_PENDING_PER_COPY) {
      this.#fail(copy ? problems.overloaded() : problems.upstream_unavailable());
      return;
    }
    this.#firstCopy ??= copy;
    this.#copy = copy;
    this.#sent = false;
    copy.pending += 1;
    copy.dispatch(this.#request, this);
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
    if (!this.#exchange.res.write(chunk)) controller.pause();
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
    if (this.#maySendAgain(error)) this.send();
    else this.#fail(toProblem(error, { sent: this.#sent }));
  }

  #maySendAgain(error: Error): boolean {
    if (this.#copy !== this.#firstCopy || this.#answered) return false;
    // Nobody can have seen it; but a copy that took no connection is not asked a second time.
    if (!this.#sent) return this.#upstream.pick(this.#copy) !== undefined;
    return this.#body === null && mayRepeat(this.#request.method, error);
  }

  /** 103 Early Hints. */
  #passOnHints(status: number, { link }: Headers): void {
    if (status === 103 && link) this.#exchange.res.writeEarlyHints({ link });
  }

  #abandon(): void {
    this.#gone = true;
    this.#body?.destroy();
    this.#controller?.abort(new Error('the client is gone'));
  }

  #fail(problem: Problem): void {
    this.#body?.destroy();
    this.#exchange.fail(problem);
  }

  #release(): void {
    if (this.#copy) this.#copy.pending -= 1;
  }
}
