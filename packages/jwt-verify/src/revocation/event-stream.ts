import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { FetchError, refuseUseless } from '../fetch-body.ts';
import { retryDelayMs } from '../fetch-delays.ts';
import { reasonOf } from '../reason.ts';
import { monotonicMs } from './monotonic.ts';
import { unrefRequest } from './unref-request.ts';

export interface EventStreamConfig {
  readonly url: string;
  readonly fetch: typeof fetch;
  /** What the server need not send again. */
  readonly lastEventId: () => string;
  readonly onMessage: (message: EventSourceMessage) => void;
  /** A connection ended, or none came about. */
  readonly onEnd: (reason: string) => void;
}

/** Without a state for so long, changes may be missed. */
export const SILENCE_MS = 5000;
const MAX_EVENT_CHARACTERS = 65_536;
const LONGEST_RETRY_MS = 5000;

const SILENT = `no state for ${SILENCE_MS} ms`;
const TOO_LONG = `an event of over ${MAX_EVENT_CHARACTERS} characters`;

/**
 * Server-sent events, read for as long as it is open: a connection that ends or goes silent is replaced,
 * the first time at once, then after a growing delay.
 */
export class EventStream {
  readonly #config: EventStreamConfig;
  readonly #closed = new AbortController();
  #silence: NodeJS.Timeout | undefined;
  #connection = new AbortController();
  #failures = 0;

  constructor(config: EventStreamConfig) {
    this.#config = config;
  }

  /** Connect, and again after each end, until `close()`. */
  async open(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      const startedMs = monotonicMs();
      const reason = await this.#read();
      if (this.#closed.signal.aborted) return;
      if (monotonicMs() - startedMs > SILENCE_MS * 2) this.#failures = 0;
      this.#config.onEnd(reason);
      await this.#pause();
      this.#failures++;
    }
  }

  /** A state came: the connection is alive. */
  heartbeat(): void {
    clearTimeout(this.#silence);
    const connection = this.#connection;
    this.#silence = setTimeout(() => connection.abort(SILENT), SILENCE_MS);
    this.#silence.unref();
  }

  close(): void {
    this.#closed.abort();
    this.#connection.abort();
    clearTimeout(this.#silence);
  }

  async #pause(): Promise<void> {
    if (this.#failures === 0) return;
    const delayMs = Math.min(LONGEST_RETRY_MS, retryDelayMs(this.#failures, false));
    await new Promise<void>((resolve) => {
      setTimeout(resolve, delayMs).unref();
    });
  }

  /** Read one connection to its end. @returns why it ended */
  async #read(): Promise<string> {
    const { url } = this.#config;
    this.#connection = new AbortController();
    const { signal } = this.#connection;
    this.heartbeat();
    try {
      const response = await this.#request(signal);
      const decoder = new TextDecoder();
      const parser = createParser({
        maxBufferSize: MAX_EVENT_CHARACTERS,
        onEvent: this.#config.onMessage,
        onError: ({ type }) => {
          if (type === 'max-buffer-size-exceeded') this.#connection.abort(TOO_LONG);
        },
      });
      for await (const chunk of response.body ?? []) {
        if (signal.aborted) break;
        parser.feed(decoder.decode(chunk, { stream: true }));
      }
      return `${url}: ${signal.aborted ? signal.reason : 'the stream ended'}`;
    } catch (error) {
      if (signal.aborted) return `${url}: ${signal.reason}`;
      return error instanceof FetchError ? error.message : `${url}: ${reasonOf(error)}`;
    } finally {
      clearTimeout(this.#silence);
      this.#connection.abort();
    }
  }

  async #request(signal: AbortSignal): Promise<Response> {
    const { url, fetch, lastEventId } = this.#config;
    const id = lastEventId();
    const headers = {
      accept: 'text/event-stream',
      'cache-control': 'no-store',
      ...(id === '' ? {} : { 'last-event-id': id }),
    };
    const response = await unrefRequest(new URL(url), () =>
      fetch(url, { signal, redirect: 'manual', headers }),
    );
    await refuseUseless(url, response);
    const type = response.headers.get('content-type') ?? '';
    if (!/^text\/event-stream\s*(;|$)/i.test(type)) {
      throw new FetchError(`${url} is no event stream, but ${type.slice(0, 100)}`);
    }
    return response;
  }
}
