import type { FairShares } from '../bounds/fair-shares.ts';
import { type MinimumRate, TransferWatch } from '../bounds/minimum-rate.ts';
import { problems } from '../errors.ts';
import type { ProxiedRequest } from '../proxied-request.ts';

/** How much of one answer may wait here for its client. */
const MAX_WAITING_BYTES = 256 * 1024;

export interface BufferBounds {
  /** The bytes that the gateway holds for all clients. */
  buffers: FairShares;
  rate: MinimumRate;
}

/**
 * What of an answer its client has not read yet. It waits here as far as there is room, so that the
 * service is done with it; a client that reads more slowly than it must is cut off.
 */
export class BufferedResponse {
  readonly #proxied: ProxiedRequest;
  readonly #network: string;
  readonly #buffers: FairShares;
  readonly #rate: TransferWatch;
  #held = 0;

  constructor(
    proxied: ProxiedRequest,
    network: string,
    { buffers, rate }: BufferBounds,
    onDrain: () => void,
  ) {
    this.#proxied = proxied;
    this.#network = network;
    this.#buffers = buffers;
    this.#rate = new TransferWatch(rate, () => this.#onTooSlow());
    proxied.res.on('drain', () => {
      this.#settle();
      onDrain();
    });
    proxied.res.once('close', () => this.#settle());
  }

  /** Counts a piece that was written; false when no more must come before `onDrain`. */
  add(chunk: Buffer): boolean {
    const { writableLength } = this.#proxied.res;
    if (this.#rate.running) {
      this.#rate.add(chunk.length);
    } else {
      this.#rate.start();
      this.#rate.add(writableLength);
    }
    return this.#hold(writableLength);
  }

  #hold(bytes: number): boolean {
    const more = bytes - this.#held;
    if (more <= 0) return true;
    if (bytes > MAX_WAITING_BYTES || !this.#buffers.take(this.#network, more)) return false;
    this.#held = bytes;
    return true;
  }

  #settle(): void {
    this.#rate.stop();
    if (this.#held > 0) this.#buffers.giveBack(this.#network, this.#held);
    this.#held = 0;
  }

  #onTooSlow(): void {
    const { res } = this.#proxied;
    // Behind another answer on this connection: the client cannot read it yet.
    if (res.socket === null) this.#rate.start();
    else this.#proxied.fail(problems.answer_not_read());
  }
}
