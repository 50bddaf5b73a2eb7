import type { EventSourceMessage } from 'eventsource-parser';
import { notify, type VerifierEvent } from '../events.ts';
import { errorFrom } from '../reason.ts';
import { settle } from '../settle.ts';
import { KeysUnavailableError } from '../token-error.ts';
import { CHANGE_EVENT, readChangeEvent } from './change-event.ts';
import { EventStream, SILENCE_MS } from './event-stream.ts';
import type { HeldList } from './held-list.ts';
import { monotonicMs } from './monotonic.ts';
import type { RevocationState } from './revocation-state.ts';
import {
  type MessageIssuer,
  type SignedMessage,
  verifyMessage,
  verifyMessageOnceKeysAreThere,
} from './signed-message.ts';
import { readStatedLists } from './stated-lists.ts';
import { StatusLists } from './status-lists.ts';

export interface FollowerConfig {
  readonly issuer: MessageIssuer;
  readonly uriBase: string;
  readonly url: string;
  readonly maxLists: number;
  readonly fetch: typeof fetch;
  readonly onEvent: ((event: VerifierEvent) => void) | undefined;
}

const TICK_MS = 1000;
/** Events that wait for a key at once; a state shows what is missing when one is let go. */
const MAX_WAITING = 16;

/** Keeps the lists of one issuer up to date, and knows how well it does. */
export class Follower {
  readonly lists: StatusLists;
  readonly #config: FollowerConfig;
  readonly #stream: EventStream;
  #ticker: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #phase: 'new' | 'open' | 'closed' = 'new';
  #isReconnected = false;
  #isForgeryReported = false;
  #waiting = 0;
  /** From the last event's time to its effect here; by two clocks. */
  lastEventDelayMs: number | null = null;
  #reported: 'current' | 'lost' | undefined;
  readonly #firstOutcome = Promise.withResolvers<void>();

  constructor(config: FollowerConfig) {
    this.#config = config;
    this.lists = new StatusLists({ ...config, onFetched: () => this.#reportIfCurrent() });
    this.#stream = new EventStream({
      url: `${config.url}/events`,
      fetch: config.fetch,
      lastEventId: () => this.lists.lastEventId,
      onMessage: (message) => this.#receive(message),
      onEnd: (reason) => this.#streamEnded(reason),
    });
  }

  start(): void {
    if (this.#phase !== 'new') return;
    this.#phase = 'open';
    this.#ticker = setInterval(() => {
      this.lists.dropOver();
      this.lists.fetchDue();
    }, TICK_MS);
    this.#ticker.unref();
    void this.#stream.open();
  }

  close(): void {
    this.#phase = 'closed';
    this.#stream.close();
    this.lists.close();
    clearInterval(this.#ticker);
    clearTimeout(this.#silence);
    this.#firstOutcome.resolve();
  }

  /** Wait until nothing is missing, for the first failure, or for the time to be over. */
  settled(timeoutMs: number): Promise<void> {
    return settle(this.#firstOutcome.promise, timeoutMs);
  }

  get state(): RevocationState {
    const lists = [...this.lists.all];
    const hasAll = lists.every(({ isCurrent, isNamed }) => isCurrent || !isNamed);
    if (this.lists.isLive) return hasAll ? 'current' : 'polling';
    const used = lists.filter(({ isLoaded, isNeeded }) => isLoaded || isNeeded);
    return used.length > 0 && used.every(isPolled) ? 'polling' : 'blind';
  }

  #receive({ event, data }: EventSourceMessage): void {
    if (this.#phase !== 'open') return;
    if (event === 'state') this.#hear(data);
    if (event === 'change') this.#change(data);
  }

  #hear(data: string): void {
    const state = readStatedLists(data, this.#config.maxLists);
    if (state === undefined) return;
    this.#stream.heartbeat();
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#fallSilent(), SILENCE_MS);
    this.#silence.unref();
    if (this.#isReconnected) {
      this.#isReconnected = false;
      this.lists.fetchAll();
      // The removal of a key may have been missed, and is not sent again.
      this.#config.issuer.keys.renew();
    }
    this.lists.hear(state);
    this.#reportIfCurrent();
  }

  #change(text: string): void {
    const { issuer } = this.#config;
    try {
      this.#apply(verifyMessage(text, CHANGE_EVENT, issuer));
    } catch (error) {
      const isEarly = error instanceof KeysUnavailableError && error.wait !== undefined;
      if (!isEarly || this.#waiting >= MAX_WAITING) {
        this.#refuse(error);
        return;
      }
      this.#waiting++;
      verifyMessageOnceKeysAreThere(text, CHANGE_EVENT, issuer)
        .then((message) => this.#apply(message))
        .catch((late: unknown) => this.#refuse(late))
        .finally(() => this.#waiting--);
    }
  }

  #apply(message: SignedMessage): void {
    const { issuer, uriBase, onEvent } = this.#config;
    const { occurredMs, changes, removedKid } = readChangeEvent(message, uriBase);
    for (const change of changes) this.lists.apply(change);
    this.lastEventDelayMs = Math.max(0, issuer.now() - occurredMs);
    if (removedKid !== undefined && issuer.keys.remove(removedKid)) {
      notify(onEvent, { type: 'key_removed', issuer: issuer.issuer, kid: removedKid });
    }
  }

  /** Once for each connection: a stranger on the way could write the log full. */
  #refuse(thrown: unknown): void {
    if (this.#isForgeryReported) return;
    this.#isForgeryReported = true;
    const { issuer, onEvent } = this.#config;
    const error = errorFrom(thrown);
    notify(onEvent, { type: 'revocation_event_refused', issuer: issuer.issuer, error });
  }

  #streamEnded(reason: string): void {
    this.#isReconnected = true;
    this.#isForgeryReported = false;
    this.#firstOutcome.resolve();
    if (!this.lists.isLive) this.#reportLost(reason);
  }

  #fallSilent(): void {
    this.lists.doubt();
    this.#reportLost(`no state for ${SILENCE_MS} ms`);
  }

  #reportLost(reason: string): void {
    if (this.#reported === 'lost') return;
    this.#reported = 'lost';
    const { issuer, onEvent } = this.#config;
    notify(onEvent, { type: 'revocation_lost', issuer: issuer.issuer, reason });
  }

  #reportIfCurrent(): void {
    if (this.#reported === 'current' || this.state !== 'current') return;
    this.#reported = 'current';
    this.#firstOutcome.resolve();
    const { issuer, onEvent } = this.#config;
    notify(onEvent, { type: 'revocation_current', issuer: issuer.issuer });
  }
}

/** Whether the list was fetched by its age, or a short time later. */
const isPolled = ({ isLoaded, failures, contactMs, ttlMs }: HeldList): boolean =>
  isLoaded && failures === 0 && monotonicMs() - contactMs < 2 * ttlMs;
