import type { ServerResponse } from 'node:http';

const STATE_EVERY_MS = 2_000;

/** The stream of server-sent events beside the lists: who listens, and what is sent. */
export class StatusStream {
  readonly #listeners = new Set<ServerResponse>();
  readonly #state: () => string;
  #timer: NodeJS.Timeout | undefined;

  /** @param state the heart-beat, as it is now */
  constructor(state: () => string) {
    this.#state = state;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** @param missed events that this listener did not get */
  add(response: ServerResponse, missed: string): void {
    if (response.destroyed) return;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(missed + this.#state());
    this.#listeners.add(response);
    response.once('close', () => this.#listeners.delete(response));
    this.#timer ??= setInterval(() => this.send(this.#state()), STATE_EVERY_MS).unref();
  }

  send(text: string): void {
    for (const response of this.#listeners) response.write(text);
  }

  /** End every connection; listeners come back. */
  cut(): void {
    for (const response of this.#listeners) response.destroy();
    this.#listeners.clear();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.cut();
  }
}

/** One event; `data` is one line. */
export const frame = (event: 'change' | 'state', id: string, data: string): string =>
  `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
