import type { IncomingMessage } from 'node:http';
import { Transform, type TransformCallback } from 'node:stream';
import { type MinimumRate, TransferWatch } from '../bounds/minimum-rate.ts';
import { problems } from '../errors.ts';
import type { ProxiedRequest } from '../proxied-request.ts';
import type { BufferBounds } from './buffered-response.ts';

/** What is read of a body before a service is asked: most bodies are read whole. */
const READ_AHEAD_BYTES = 64 * 1024;
/** What a body counts for at least, for what stands around it. */
const MIN_COUNTED_BYTES = 4 * 1024;

export interface BodyBounds extends BufferBounds {
  maxBodyBytes: number;
}

/** A body as it is handed to a service: whole, or its beginning and a stream of the rest in one. */
export type Body = Buffer | StreamedBody;

/**
 * Reads a client's body, whole or its first 64 KiB, so that a service is not asked before there is
 * something to do: a client that sends slowly costs memory here, and no place there.
 */
export class BodyReader {
  readonly #proxied: ProxiedRequest;
  readonly #bounds: BodyBounds;
  readonly #onRead: (body: Body) => void;
  readonly #rate: TransferWatch;
  #bytes = Buffer.alloc(0);
  #length = 0;

  constructor(proxied: ProxiedRequest, bounds: BodyBounds, onRead: (body: Body) => void) {
    this.#proxied = proxied;
    this.#bounds = bounds;
    this.#onRead = onRead;
    this.#rate = new TransferWatch(bounds.rate, () => this.#fail(requestTimeout()));
  }

  start(network: string): void {
    const { buffers } = this.#bounds;
    const { req, res } = this.#proxied;
    const counted = countedBytes(req);
    if (!buffers.take(network, counted)) {
      const isOwnShare = buffers.heldBy(network) > 0;
      const { too_many_requests, gateway_overloaded } = problems;
      this.#proxied.fail(isOwnShare ? too_many_requests() : gateway_overloaded());
      return;
    }
    res.once('close', () => buffers.giveBack(network, counted));
    this.#proxied.onAborted = () => this.#stop();
    this.#rate.start();
    req.on('data', this.#onData);
    req.on('end', this.#onEnd);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#append(chunk);
    this.#rate.add(chunk.length);
    if (this.#length > this.#bounds.maxBodyBytes) this.#fail(problems.body_too_large());
    else if (this.#length > READ_AHEAD_BYTES) this.#streamTheRest();
  };

  readonly #onEnd = (): void => {
    this.#stop();
    this.#onRead(this.#bytes.subarray(0, this.#length));
  };

  #streamTheRest(): void {
    const { req } = this.#proxied;
    this.#stop();
    req.pause();
    const { maxBodyBytes, rate } = this.#bounds;
    const body = new StreamedBody(maxBodyBytes, rate);
    body.write(this.#bytes.subarray(0, this.#length));
    req.pipe(body);
    this.#onRead(body);
  }

  /** Into one buffer, for a thousand chunks of a byte each would take many times their length. */
  #append(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (this.#length === 0) {
      this.#bytes = chunk as Buffer<ArrayBuffer>;
    } else {
      if (length > this.#bytes.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#length));
        this.#bytes.copy(larger, 0, 0, this.#length);
        this.#bytes = larger;
      }
      chunk.copy(this.#bytes, this.#length);
    }
    this.#length = length;
  }

  #fail(problem: ReturnType<typeof requestTimeout>): void {
    this.#stop();
    this.#proxied.fail(problem);
  }

  #stop(): void {
    this.#rate.stop();
    const { req } = this.#proxied;
    req.off('data', this.#onData);
    req.off('end', this.#onEnd);
  }
}

/**
 * A large body on its way to a service. It separates the two connections: when the service's one ends,
 * the client's stays open for the answer.
 */
export class StreamedBody extends Transform {
  readonly #rate: TransferWatch;
  #bytesLeft: number;

  constructor(maxBytes: number, rate: MinimumRate) {
    super();
    this.#bytesLeft = maxBytes;
    this.#rate = new TransferWatch(rate, () => this.#onTooSlow());
    this.#rate.start();
    this.on('drain', () => this.#rate.start());
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#bytesLeft -= chunk.length;
    this.#rate.add(chunk.length);
    if (this.#bytesLeft < 0) done(problems.body_too_large());
    else done(null, chunk);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#rate.stop();
    done(error);
  }

  #onTooSlow(): void {
    if (this.writableEnded) return;
    // The service is what holds it up.
    if (this.writableNeedDrain) this.#rate.start();
    else this.destroy(requestTimeout());
  }
}

const requestTimeout = () => problems.request_timeout({ headers: { Connection: 'close' } });

function countedBytes({ headers }: IncomingMessage): number {
  const length = Number(headers['content-length'] ?? READ_AHEAD_BYTES);
  return Math.min(Math.max(length, MIN_COUNTED_BYTES), READ_AHEAD_BYTES);
}
