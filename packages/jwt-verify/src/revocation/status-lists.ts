import { notify, type VerifierEvent } from '../events.ts';
import { refreshDelayMs, retryDelayMs } from '../fetch-delays.ts';
import { errorFrom } from '../reason.ts';
import type { ListChange } from './change-event.ts';
import { HeldList } from './held-list.ts';
import { fetchList } from './list-fetch.ts';
import { monotonicMs } from './monotonic.ts';
import type { MessageIssuer } from './signed-message.ts';

export interface StatusListsConfig {
  readonly issuer: MessageIssuer;
  readonly uriBase: string;
  readonly url: string;
  readonly maxLists: number;
  readonly fetch: typeof fetch;
  readonly onEvent: ((event: VerifierEvent) => void) | undefined;
  /** Called when a fetch has ended. */
  readonly onFetched: () => void;
}

const CONCURRENCY = 4;
/** How long a name out of a state takes up a place without a list behind it. */
const UNFOUNDED_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * The lists of one issuer: which are held, and when each is fetched. A fetch is for a list that is not
 * here yet, for changes that are missing, or for the age of the one that is here.
 */
export class StatusLists {
  readonly #config: StatusListsConfig;
  readonly #lists = new Map<string, HeldList>();
  readonly #closed = new AbortController();
  #fetching = 0;
  /** Whether a state came in the last seconds. */
  #isLive = false;
  contactMs = monotonicMs();
  hasContact = false;

  constructor(config: StatusListsConfig) {
    this.#config = config;
  }

  get all(): Iterable<HeldList> {
    return this.#lists.values();
  }

  /** What is here, for the stream to go on from: `7.12,8.0`. */
  get lastEventId(): string {
    const loaded = [...this.#lists.values()].filter(({ isLoaded }) => isLoaded);
    return loaded.map(({ id, seq }) => `${id}.${seq}`).join(',');
  }

  /** The list of a token, fetched if it is not here; `undefined` when there are too many. */
  hold(id: string, isNeeded: boolean): HeldList | undefined {
    const list = this.#lists.get(id) ?? this.#add(id, isNeeded);
    if (list === undefined) return undefined;
    if (isNeeded) list.isNeeded = true;
    if (!list.isLoaded && !list.isFetching && list.dueMs <= monotonicMs()) this.fetchDue();
    return list;
  }

  #add(id: string, isNeeded: boolean): HeldList | undefined {
    if (this.#lists.size >= this.#config.maxLists && !(isNeeded && this.#makeRoom())) {
      return undefined;
    }
    const list = new HeldList(id, this.contactMs);
    this.#lists.set(id, list);
    return list;
  }

  /** A name that no signature stands behind goes first; a list never does. */
  #makeRoom(): boolean {
    for (const list of this.#lists.values()) {
      if (!list.isLoaded && !list.isNeeded) return this.#lists.delete(list.id);
    }
    return false;
  }

  /** Take note of a state: the number of the last change of each list. */
  hear(state: ReadonlyMap<string, number>): void {
    this.#isLive = true;
    this.#touch();
    for (const list of this.#lists.values()) list.isNamed = state.has(list.id);
    for (const [id, seq] of state) {
      const list = this.hold(id, false);
      if (list === undefined) continue;
      list.isNamed = true;
      list.statedSeq = seq;
      if (list.isLoaded && !list.isBehind) list.contactMs = this.contactMs;
    }
    this.#followUp(this.#lists.values());
  }

  apply({ id, after, seq, indices }: ListChange): void {
    const list = this.hold(id, true);
    if (list === undefined) return;
    list.apply(after, seq, indices);
    this.#followUp([list]);
  }

  #followUp(lists: Iterable<HeldList>): void {
    for (const list of lists) {
      this.#judge(list);
      if (!list.isLoaded || !list.isBehind || list.failures > 0) continue;
      list.dueMs = Math.min(list.dueMs, list.nextGapFetchMs);
    }
    this.fetchDue();
  }

  /** No state came for too long: what is here may lack changes. */
  doubt(): void {
    this.#isLive = false;
    for (const list of this.#lists.values()) this.#judge(list);
    this.fetchAll();
  }

  /** Fetch each list again, as after a reconnect. */
  fetchAll(): void {
    for (const list of this.#lists.values()) {
      if (list.isLoaded || list.isNeeded) list.dueMs = Number.NEGATIVE_INFINITY;
    }
    this.fetchDue();
  }

  #judge(list: HeldList): void {
    const isWhole = list.isLoaded && !list.isBehind && this.#config.issuer.now() < list.expiresMs;
    list.isCurrent = this.#isLive && list.isNamed && isWhole;
  }

  #touch(): void {
    this.contactMs = monotonicMs();
    this.hasContact = true;
  }

  /** Start the fetches that are due, those that tokens wait for first. */
  fetchDue(): void {
    const nowMs = monotonicMs();
    const due = [...this.#lists.values()].filter(
      ({ isFetching, dueMs }) => !isFetching && dueMs <= nowMs,
    );
    due.sort((a, b) => Number(b.isNeeded) - Number(a.isNeeded));
    for (const list of due) {
      if (this.#fetching >= CONCURRENCY || this.#closed.signal.aborted) return;
      void this.#fetch(list);
    }
  }

  async #fetch(list: HeldList): Promise<void> {
    list.isFetching = true;
    this.#fetching++;
    const seqBefore = list.isBehind ? list.seq : undefined;
    try {
      await this.#load(list);
      this.#succeeded(list, seqBefore);
    } catch (thrown) {
      if (!this.#closed.signal.aborted) this.#failed(list, errorFrom(thrown));
    }
    this.#fetching--;
    list.fetchEnded();
    this.#judge(list);
    this.#config.onFetched();
    this.fetchDue();
  }

  async #load(list: HeldList): Promise<void> {
    const { issuer, uriBase, url, fetch, onEvent } = this.#config;
    const uri = `${uriBase}/${list.id}`;
    const isOld = issuer.now() + 2 * list.ttlMs >= list.expiresMs;
    const place = { uri, url: `${url}/${list.id}`, etag: isOld ? undefined : list.etag, fetch };
    const startedMs = monotonicMs();
    const fetched = await fetchList(place, issuer, this.#closed.signal);
    if (fetched === undefined) return;
    list.take(fetched.published);
    list.etag = fetched.etag;
    const durationMs = monotonicMs() - startedMs;
    const { seq } = fetched.published;
    notify(onEvent, {
      type: 'status_list_fetched',
      issuer: issuer.issuer,
      uri,
      changes: seq,
      durationMs,
    });
  }

  /** @param seqBefore where changes were missing when the fetch began */
  #succeeded(list: HeldList, seqBefore: number | undefined): void {
    this.#touch();
    list.failures = 0;
    list.lastError = undefined;
    list.contactMs = this.contactMs;
    // A list that was opened since the last state is named by the next one.
    if (list.isNeeded) list.isNamed = true;
    if (seqBefore === undefined) list.gaps = Math.max(0, list.gaps - 1);
    else list.gaps = list.seq > seqBefore ? 0 : list.gaps + 1;
    const gapDelayMs = list.gaps === 0 ? 0 : retryDelayMs(list.gaps, false);
    list.nextGapFetchMs = this.contactMs + gapDelayMs;
    list.dueMs = this.contactMs + (list.isBehind ? gapDelayMs : refreshDelayMs(list.ttlMs));
  }

  #failed(list: HeldList, error: Error): void {
    list.failures++;
    list.lastError = error;
    const retryInMs = Math.min(list.ttlMs, retryDelayMs(list.failures, false));
    list.dueMs = monotonicMs() + retryInMs;
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

  /** Drop what is over: lists past their `exp`, and names without a list. */
  dropOver(): void {
    const nowMs = monotonicMs();
    for (const list of this.#lists.values()) {
      const heldMs = nowMs - list.heldSinceMs;
      const isOver = list.isLoaded
        ? this.#config.issuer.now() >= list.expiresMs
        : heldMs >= (list.isNeeded ? DAY_MS : UNFOUNDED_MS);
      if (!isOver || list.isFetching || list.isNamed) continue;
      list.isCurrent = false;
      this.#lists.delete(list.id);
    }
  }

  close(): void {
    this.#closed.abort();
  }
}
