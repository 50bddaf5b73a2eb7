import { notify, type VerifierEvent } from '../events.ts';
import { errorFrom } from '../reason.ts';
import type { HeldList } from './held-list.ts';
import { fetchList } from './list-fetch.ts';
import { monotonicMs } from './monotonic.ts';
import type { MessageIssuer } from './signed-message.ts';

export interface ListFetchesConfig {
  readonly issuer: MessageIssuer;
  readonly uriBase: string;
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly onEvent: ((event: VerifierEvent) => void) | undefined;
}

const CONCURRENCY = 4;

/** Fetches lists that are due: each by one fetch at a time, and few at once. */
export class ListFetches {
  readonly #config: ListFetchesConfig;
  readonly #lists: ReadonlyMap<string, HeldList>;
  /** Called when a fetch has ended, well or not. */
  readonly #onEnd: (list: HeldList) => void;
  readonly #closed = new AbortController();
  #running = 0;

  constructor(
    config: ListFetchesConfig,
    lists: ReadonlyMap<string, HeldList>,
    onEnd: (list: HeldList) => void,
  ) {
    this.#config = config;
    this.#lists = lists;
    this.#onEnd = onEnd;
  }

  /** Start the fetches that are due, those that tokens wait for first. */
  start(): void {
    const nowMs = monotonicMs();
    const due = [...this.#lists.values()].filter(
      ({ isFetching, dueMs }) => !isFetching && dueMs <= nowMs,
    );
    due.sort((a, b) => Number(b.isNeeded) - Number(a.isNeeded));
    for (const list of due) {
      if (this.#running >= CONCURRENCY || this.#closed.signal.aborted) return;
      void this.#fetch(list);
    }
  }

  close(): void {
    this.#closed.abort();
  }

  async #fetch(list: HeldList): Promise<void> {
    this.#running++;
    list.fetchBegins();
    try {
      await this.#load(list);
      list.fetchSucceeded();
    } catch (thrown) {
      if (!this.#closed.signal.aborted) this.#failed(list, errorFrom(thrown));
    }
    this.#running--;
    list.fetchEnded();
    this.#onEnd(list);
    this.start();
  }

  async #load(list: HeldList): Promise<void> {
    const { issuer, uriBase, url, fetch, onEvent } = this.#config;
    const uri = `${uriBase}/${list.id}`;
    // Close to its end the same list is of no use: a new one has to come.
    const isOld = issuer.now() + 2 * list.ttlMs >= list.expiresMs;
    const place = { uri, url: `${url}/${list.id}`, etag: isOld ? undefined : list.etag, fetch };
    const startedMs = monotonicMs();
    const fetched = await fetchList(place, issuer, this.#closed.signal);
    if (fetched === undefined) return;
    list.take(fetched.published, fetched.etag);
    const durationMs = monotonicMs() - startedMs;
    const { seq: changes } = fetched.published;
    const { issuer: name } = issuer;
    notify(onEvent, { type: 'status_list_fetched', issuer: name, uri, changes, durationMs });
  }

  #failed(list: HeldList, error: Error): void {
    const retryInMs = list.fetchFailed(error);
    const { issuer, uriBase, onEvent } = this.#config;
    notify(onEvent, {
      type: 'status_list_failed',
      issuer: issuer.issuer,
      uri: `${uriBase}/${list.id}`,
      error,
      failures: list.failures,
      retryInMs,
    });
  }
}
