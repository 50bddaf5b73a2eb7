import type { ListChange } from './change-event.ts';
import { HeldList } from './held-list.ts';
import { ListFetches, type ListFetchesConfig } from './list-fetches.ts';
import { monotonicMs } from './monotonic.ts';

export interface StatusListsConfig extends ListFetchesConfig {
  readonly maxLists: number;
  /** Called when a fetch has ended. */
  readonly onFetched: () => void;
}

/** How long a name out of a state takes up a place without a list behind it. */
const UNFOUNDED_MS = 60_000;
const DAY_MS = 86_400_000;
/** Servers refuse longer headers; what is left out is found missing by the next state. */
const MAX_EVENT_ID_CHARACTERS = 4096;

/**
 * The lists of one issuer. A list is fetched when it is not here yet, when changes are missing, and by
 * its age.
 */
export class StatusLists {
  readonly #config: StatusListsConfig;
  readonly #lists = new Map<string, HeldList>();
  readonly #fetches: ListFetches;
  #isLive = false;
  /** When the issuer last said anything about any list, on the monotonic clock. */
  contactMs = monotonicMs();
  hasContact = false;

  constructor(config: StatusListsConfig) {
    this.#config = config;
    this.#fetches = new ListFetches(config, this.#lists, (list) => {
      if (list.failures === 0) this.#touch();
      this.#judge(list);
      config.onFetched();
    });
  }

  /** Whether a state came in the last seconds. */
  get isLive(): boolean {
    return this.#isLive;
  }

  get all(): Iterable<HeldList> {
    return this.#lists.values();
  }

  /** What is here, for the stream to go on from: `7.12,8.0`. */
  get lastEventId(): string {
    let text = '';
    for (const { id, seq, isLoaded } of this.#lists.values()) {
      const next = `${text === '' ? '' : ','}${id}.${seq}`;
      if (isLoaded && text.length + next.length <= MAX_EVENT_ID_CHARACTERS) text += next;
    }
    return text;
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
    const isFull = this.#lists.size >= this.#config.maxLists;
    if (isFull && !(isNeeded && this.#makeRoom())) return undefined;
    const list = new HeldList(id, this.contactMs);
    this.#lists.set(id, list);
    return list;
  }

  /** A name that no signature stands behind goes; a list never does. */
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
    for (const id of state.keys()) this.hold(id, false);
    for (const list of this.#lists.values()) {
      list.hear(state.get(list.id), this.contactMs);
      this.#judge(list);
    }
    this.fetchDue();
  }

  apply({ id, after, seq, indices }: ListChange): void {
    const list = this.hold(id, true);
    if (list === undefined) return;
    list.apply(after, seq, indices);
    this.#judge(list);
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

  fetchDue(): void {
    this.#fetches.start();
  }

  #judge(list: HeldList): void {
    const isWhole = list.isLoaded && !list.isBehind && this.#config.issuer.now() < list.expiresMs;
    list.isCurrent = this.#isLive && list.isNamed && isWhole;
  }

  #touch(): void {
    this.contactMs = monotonicMs();
    this.hasContact = true;
  }

  /** Drop what is over: lists past their `exp`, and names without a list. */
  dropOver(): void {
    const nowMs = monotonicMs();
    for (const list of this.#lists.values()) {
      const isOver = list.isLoaded
        ? this.#config.issuer.now() >= list.expiresMs
        : nowMs - list.heldSinceMs >= (list.isNeeded ? DAY_MS : UNFOUNDED_MS);
      if (!isOver || list.isFetching || list.isNamed) continue;
      list.isCurrent = false;
      this.#lists.delete(list.id);
    }
  }

  close(): void {
    this.#fetches.close();
  }
}
