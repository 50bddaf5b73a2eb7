import type { ServerResponse } from 'node:http';
import type { Log } from '@latchkey/service-kit/process/log';
import { problems } from '../errors.ts';
import type { TokenSigner } from '../keys/token-signer.ts';
import type { ChangeEvents, QueuedChange } from './change-event.ts';
import { formatEventId, type Position, readEventId } from './event-id.ts';
import { changesAfter, type KnownList } from './known-lists.ts';
import { createListeners } from './listeners.ts';
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
/** A listener that missed more fetches the lists. */
const MAX_REPLAYED_INDICES = 10_000;

export type StatusStream = ReturnType<typeof statusStream>;

/** Sends each change to every listener, signed once for all of them. */
export function statusStream(deps: Dependencies) {
  const { events, signer, refreshKeys, isCurrent, limit, log } = deps;
  let dropped = 0;
  const listeners = createListeners(limit, () => {
    dropped += 1;
  });
  /** How far listeners were told; changes beyond it are queued. */
  const told = new Map<number, number>();
  const removedKeys = new Set<string>();
  let live: ReadonlyMap<number, KnownList> = new Map();
  let queue: QueuedChange[] = [];
  let isStateDue = false;
  let stateAt = Number.NEGATIVE_INFINITY;
  let isScheduled = false;
  let nextAt = 0;
  let eventsSent = 0;

  /** The event of the first of these changes, which move `position` on. */
  const takeEvent = (changes: readonly QueuedChange[], position: Map<number, number>) => {
    const { jws, count } = events.revoked(changes);
    for (const { list, seq } of changes.slice(0, count)) position.set(list, seq);
    return { text: frame('change', jws, position), rest: changes.slice(count) };
  };
  const stateEvent = () =>
    frame('state', JSON.stringify({ lists: Object.fromEntries(told) }), told);

  const sendNext = () => {
    if (listeners.count() === 0) {
      for (const { list, seq } of queue) told.set(list, seq);
      queue = [];
    }
    if (queue.length > 0) {
      const { text, rest } = takeEvent(queue, told);
      queue = rest;
      listeners.sendAll(text);
      eventsSent += 1;
    }
    // Only when nothing waits: listeners take it as "you were told everything".
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
    else queueMicrotask(send);
  };

  /** What a listener missed, as far as it is better off with events than with the lists. */
  const replay = (since: Position): string => {
    const position = new Map([...since].filter(([id]) => live.has(id)));
    let indices = 0;
    let rest: readonly QueuedChange[] = [...position].flatMap(([id, seq]) => {
      const upTo = told.get(id) ?? 0;
      const missed = changesAfter(live.get(id) as KnownList, seq) ?? [];
      const mine = missed.filter((change) => change.seq <= upTo);
      for (const change of mine) indices += change.indices.length;
      return indices > MAX_REPLAYED_INDICES ? [] : mine.map((change) => ({ ...change, list: id }));
    });
    let text = '';
    while (rest.length > 0) {
      const taken = takeEvent(rest, position);
      text += taken.text;
      rest = taken.rest;
    }
    return text;
  };

  const announceRemoval = async (kid: string) => {
    // A reading of the keys that had begun before the removal may still be under way.
    for (let tries = 0; tries < 2 && isPublished(signer, kid); tries += 1) await refreshKeys();
    if (isPublished(signer, kid)) throw new Error('the key set still has the removed key');
    listeners.sendAll(frame('change', events.keyRemoved(kid)));
    removedKeys.add(kid);
    log.warn({ kid }, 'listeners told of a removed signing key');
  };

  const heard: StatusFeedEvents = {
    onChange({ id }, change) {
      queue.push({ list: id, ...change });
      schedule();
    },
    onLists(lists) {
      live = lists;
      queue = queue.filter(({ list }) => live.has(list));
      const before = new Map(told);
      told.clear();
      for (const { id, seq } of live.values()) told.set(id, Math.min(before.get(id) ?? seq, seq));
      isStateDue = true;
      schedule();
    },
    async onRemovedKeys(kids) {
      for (const kid of removedKeys) if (!kids.includes(kid)) removedKeys.delete(kid);
      for (const kid of kids) {
        if (removedKeys.has(kid)) continue;
        await announceRemoval(kid).catch((err: unknown) =>
          log.warn({ err, kid }, 'listeners not told of a removed signing key yet'),
        );
      }
    },
    onRead() {
      isStateDue ||= performance.now() - stateAt >= STATE_EVERY_MS;
      if (isStateDue || queue.length > 0) schedule();
      if (dropped > 0) log.warn({ dropped }, 'slow listeners dropped');
      dropped = 0;
    },
  };

  return {
    heard,
    listeners: listeners.count,
    eventsSent: () => eventsSent,

    /** @throws Problem when no one can listen here now */
    assertOpen(): void {
      if (!isCurrent()) throw problems.status_lists_unknown({ headers: { 'Retry-After': '1' } });
      if (listeners.isFull())
        throw problems.too_many_listeners({ headers: { 'Retry-After': '5' } });
      signer.keyId();
    },

    /** @param lastEventId as the listener sends it: from where on it was told nothing */
    listen(res: ServerResponse, lastEventId: string | undefined): void {
      const since = readEventId(lastEventId);
      const removals = [...removedKeys].map((kid) => frame('change', events.keyRemoved(kid)));
      const missed = since ? replay(since) : '';
      listeners.sendTo(res, removals.join('') + missed + stateEvent());
      listeners.add(res);
    },
  };
}

const isPublished = ({ publicKeys }: Pick<TokenSigner, 'publicKeys'>, kid: string): boolean =>
  publicKeys().some((key) => key.kid === kid);

/** One server-sent event; `data` is one line. */
function frame(event: 'change' | 'state', data: string, position?: Position): string {
  const id = position ? `id: ${formatEventId(position)}\n` : '';
  return `${id}event: ${event}\ndata: ${data}\n\n`;
}
