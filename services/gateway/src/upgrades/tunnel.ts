import type { Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { FrameGate } from './frame-gate.ts';

const TCP_KEEP_ALIVE_MS = 60_000;

/** An open WebSocket connection: what either side sends goes to the other, as it is. */
export class Tunnel {
  readonly closed: Promise<void>;
  readonly #gate = new FrameGate();
  readonly #client: Duplex;
  readonly #service: Duplex;

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
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    let open = 2;
    const end = () => {
      open -= 1;
      if (open === 0) resolve();
    };
    pipeline(service, this.#gate, client, (error) => {
      if (error) this.destroy();
      end();
    });
    pipeline(client, service, (error) => {
      if (error) this.destroy();
      end();
    });
  }

  /** Closes it as RFC 6455 §7.1.1 has it; the client's answer to that goes on to the service. */
  leave(reason: string): void {
    this.#gate.leave(reason);
  }

  destroy(): void {
    this.#client.destroy();
    this.#service.destroy();
  }
}
