import type { ServerResponse } from 'node:http';
import { serverSentEvent } from '@latchkey/service-kit/http/event-stream';
import type { Log } from '@latchkey/service-kit/process/log';
import { problems } from '../errors.ts';
import type { TokenSigner } from '../keys/token-signer.ts';
import type { ChangeEvents, QueuedChange } from './change-event.ts';
import { formatEventId, type Position, readEventId } from './event-id.ts';
import type { KnownList } from './known-lists.ts';
import { createListeners } from './listeners.ts';
import { missedChanges } from './missed-changes.ts';
import { removedKeys } from './removed-keys.ts';
import type { StatusFeed, StatusFeedEvents } from './status-feed.ts';

interface Dependencies {
  events: ChangeEvents;
  signer: Pick<TokenSigner, 'keyId' | 'publicKeys'>;
  /** Reads the key set anew. */
  refreshKeys: () => Promise<void>;
  isCurrent: StatusFeed['isCurrent'];
  /** Most listeners at once. */
  limit: number;
  log: Log;
}

/** The heart-beat follows a reading, once a second: every other one. */
const STATE_EVERY_MS = 1_500;
/** What comes within this time after an event goes into the next. */
const SPACING_MS = 5;
/** More than that are quicker fetched with the lists: half a megabyte a listener. */
const MAX_QUEUED_INDICES = 50_000;

export type StatusStream = ReturnType<typeof statusStream>;

/** Sends each change to every listener, signed once for all of them. */
export function statusStream(deps: Dependencies) {
  const { events, signer, isCurrent, limit, log } = deps;
  const listeners = createListeners(limit);
  /** How far listeners were told; changes beyond it are queued. */
  const told = new Map<number, number>();
  let live: ReadonlyMap<number, KnownList> = new Map();
  let queue: QueuedChange[] = [];
  let queuedIndices = 0;
  let isStateDue = false;
  let stateAt = Number.NEGATIVE_INFINITY;
  let isScheduled = false;
  let nextAt = 0;
  let sent = 0;

  const keyEvent = (kid: string) => frame('change', events.keyRemoved(kid));
  const keys = removedKeys({ ...deps, announce: (kid) => listeners.sendAll(keyEvent(kid)) });
  const stateEvent = () =>
    frame('state', JSON.stringify({ lists: Object.fromEntries(told) }), told);
  /** The event of the first of these changes, which move `position` on. */
  const takeEvent = (changes: readonly QueuedChange[], position: Map<number, number>) => {
    const { jws, count } = events.revoked(changes);
    for (const { list, seq } of changes.slice(0, count)) position.set(list, seq);
    return { text: frame('change', jws, position), rest: changes.slice(count) };
  };

  const setQueue = (changes: QueuedChange[]) => {
    queue = changes;
    queuedIndices = changes.reduce((sum, { indices }) => sum + indices.length, 0);
  };

  const sendNext = () => {
    if (listeners.count() === 0 || queuedIndices > MAX_QUEUED_INDICES) {
      isStateDue ||= queue.length > 0;
      for (const { list, seq } of queue) told.set(list, seq);
      setQueue([]);
    }
    if (queue.length > 0) {
      const { text, rest } = takeEvent(queue, told);
      setQueue(rest);
      listeners.sendAll(text);
      sent += 1;
    }
    // Only when nothing waits: to listeners it says that they were told everything.
    if (isStateDue && queue.length === 0) {
      isStateDue = false;
      stateAt = performance.now();
      listeners.sendAll(stateEvent());
    }
  };
  const send = () => {
    isScheduled = false;
    const startedAt = performance.now();
    try {
      sendNext();
    } catch (err) {
      // The next reading tries again; without a heart-beat until then, listeners know.
      log.warn({ err, waiting: queue.length }, 'revocations cannot be signed');
      return;
    }
    const endedAt = performance.now();
    // With many listeners no more than half of the time goes into this.
    nextAt = endedAt + Math.max(SPACING_MS, endedAt - startedAt);
    if (queue.length > 0) schedule();
  };
  const schedule = () => {
    if (isScheduled) return;
    isScheduled = true;
    const waitMs = nextAt - performance.now();
    if (waitMs > 0) setTimeout(send, waitMs).unref();
    // What came in the same packet from the database is in the queue by then.
    else queueMicrotask(send);
  };

  const replay = (since: Position): string => {
    const position = new Map([...since].filter(([id]) => live.has(id)));
    let rest: readonly QueuedChange[] = missedChanges(position, told, live);
    let text = '';
    while (rest.length > 0) {
      const taken = takeEvent(rest, position);
      text += taken.text;
      rest = taken.rest;
    }
    return text;
  };

  const heard: StatusFeedEvents = {
    onChange({ id }, change) {
      queue.push({ list: id, ...change });
      queuedIndices += change.indices.length;
      schedule();
    },
    onLists(lists) {
      live = lists;
      setQueue(queue.filter(({ list }) => live.has(list)));
      const before = new Map(told);
      told.clear();
      for (const { id, seq } of live.values()) told.set(id, Math.min(before.get(id) ?? seq, seq));
      isStateDue = true;
      schedule();
    },
    onRemovedKeys: keys.update,
    onRead() {
      isStateDue ||= performance.now() - stateAt >= STATE_EVERY_MS;
      if (isStateDue || queue.length > 0) schedule();
      const dropped = listeners.takeDropped();
      if (dropped > 0) log.warn({ dropped }, 'slow listeners dropped');
    },
  };

  return {
    heard,
    listeners: listeners.count,
    eventsSent: () => sent,

    /** @throws Problem when no one can listen here now */
    assertOpen(): void {
      if (!isCurrent()) throw problems.status_lists_unknown({ headers: { 'Retry-After': '1' } });
      if (listeners.isFull())
        throw problems.too_many_listeners({ headers: { 'Retry-After': '5' } });
      signer.keyId();
    },

    /** @param lastEventId as the listener sends it: up to where it was told */
    listen(res: ServerResponse, lastEventId: string | undefined): void {
      const since = readEventId(lastEventId);
      const missed = since ? replay(since) : '';
      res.write(keys.all().map(keyEvent).join('') + missed + stateEvent());
      listeners.add(res);
    },
  };
}

function frame(event: 'change' | 'state', data: string, position?: Position): string {
  return serverSentEvent(event, data, position && formatEventId(position));
}
