import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FrameGate } from './frame-gate.ts';

const TCP_KEEP_ALIVE_MS = 60_000;
const CLOSE_TIMEOUT_MS = 5_000;

/** An open WebSocket connection: what either side sends goes to the other, as it is. */
export class Tunnel {
  readonly closed: Promise<unknown>;
  readonly #gate = new FrameGate();
  readonly #client: Duplex;
  readonly #service: Duplex;
  #lastWords: NodeJS.Timeout | undefined;

  /** @param idleTimeoutMs how long nothing may pass in either direction */
  constructor(client: Socket, service: Socket, idleTimeoutMs: number) {
    this.#client = client;
    this.#service = service;
    for (const socket of [client, service]) {
      socket.setNoDelay(true);
      // Finds a client that vanished without a word, where the service lets it be silent for long.
      socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    }
    // Whatever passes moves on both sockets: one clock is enough.
    client.setTimeout(idleTimeoutMs, () => this.destroy());
    this.closed = Promise.all([
      this.#untilEnd(pipeline(service, this.#gate, client)),
      this.#untilEnd(pipeline(client, service)),
    ]);
  }

  /** A WebSocket connection is over when one side is: the other gets the time to notice. */
  async #untilEnd(ended: Promise<void>): Promise<void> {
    await ended.catch(() => this.destroy());
    this.#lastWords ??= setTimeout(() => this.destroy(), CLOSE_TIMEOUT_MS).unref();
  }

  /**
   * Closes it as RFC 6455 §7.1.1 has it; the client's answer to that goes on to the service. By force
   * when it is not heard.
   */
  async leave(reason: string): Promise<void> {
    this.#gate.leave(reason);
    this.#lastWords ??= setTimeout(() => this.destroy(), CLOSE_TIMEOUT_MS).unref();
    await this.closed;
  }

  destroy(): void {
    this.#client.destroy();
    this.#service.destroy();
  }
}
