import type { FairShares } from '../bounds/fair-shares.ts';
import { LeastRate, type RateLimits } from '../bounds/least-rate.ts';
import { problems } from '../errors.ts';
import type { ProxiedRequest } from '../proxied-request.ts';

/** How much of one answer may wait here for its client. */
const MAX_WAITING_BYTES = 256 * 1024;

export interface AnswerBounds {
  /** The bytes that the gateway holds for all clients. */
  buffers: FairShares;
  rate: RateLimits;
}

/**
 * What of an answer its client has not read yet. It waits here as far as there is room, so that the
 * service is done with it; a client that reads more slowly than it must is cut off.
 */
export class WaitingAnswer {
  readonly #proxied: ProxiedRequest;
  readonly #client: string;
  readonly #buffers: FairShares;
  readonly #rate: LeastRate;
  #held = 0;

  constructor(
    proxied: ProxiedRequest,
    client: string,
    { buffers, rate }: AnswerBounds,
    onDrain: () => void,
  ) {
    this.#proxied = proxied;
    this.#client = client;
    this.#buffers = buffers;
    this.#rate = new LeastRate(rate, () => this.#onTooSlow());
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
    if (bytes > MAX_WAITING_BYTES || !this.#buffers.take(this.#client, more)) return false;
    this.#held = bytes;
    return true;
  }

  #settle(): void {
    this.#rate.stop();
    if (this.#held > 0) this.#buffers.giveBack(this.#client, this.#held);
    this.#held = 0;
  }

  #onTooSlow(): void {
    const { res } = this.#proxied;
    // Behind another answer on this connection: the client cannot read it yet.
    if (res.socket === null) this.#rate.start();
    else this.#proxied.fail(problems.answer_not_read());
  }
}
