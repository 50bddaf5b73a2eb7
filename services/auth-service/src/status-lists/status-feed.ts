import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@latchkey/service-kit/process/log';
import pRetry from 'p-retry';
import { applyChange, emptyList, type KnownList } from './known-lists.ts';
import { readStatusNotice } from './status-channel.ts';
import type {
  ListChange,
  ListRow,
  StatusConnection,
  StatusListRepository,
} from './status-list-repository.ts';

/** What is called when this instance learns something. None may throw. */
export interface StatusFeedEvents {
  onChange(list: KnownList, change: ListChange): void;
  /** Lists opened, or are no longer live: these are, in the order of their ids. */
  onLists(lists: ReadonlyMap<number, KnownList>): void;
  /** The keys that were removed before their time. */
  onRemovedKeys(ids: readonly string[]): Promise<void>;
  /** All that had been committed when this reading began is known. */
  onRead(): void;
}

interface Dependencies {
  /** How long a signing key stays published after its last signature; absent with a shared secret. */
  retainKeysMs: number | undefined;
  log: Log;
  now: () => number;
}

/** What this instance knows of the status lists, kept current through one connection to the database. */
export interface StatusFeed {
  /** The live lists by id, in order; undefined until they were read once. */
  lists(): ReadonlyMap<number, KnownList> | undefined;
  /** When the last reading began. */
  readAt(): number;
  /** How old its knowledge is at most; infinite before there is any. */
  ageMs(): number;
  /** Whether the database answered within the last two seconds. */
  isCurrent(): boolean;
  close(): Promise<void>;
}

/** A notification that was lost is made up for within this time. */
const READ_EVERY_MS = 1_000;
const CURRENT_MS = 2_000;
const CHANGES_A_QUERY = 2_000;
const RECONNECT = {
  retries: Number.POSITIVE_INFINITY,
  minTimeout: 100,
  maxTimeout: 2_000,
  randomize: true,
  unref: true,
} as const;

/**
 * Follows the status lists of the database: hears each change as it is committed, and reads once a
 * second, on the same connection, what it may not have heard. An answer proves that the connection
 * still works.
 */
export function openStatusFeed(
  { connect }: StatusListRepository,
  events: StatusFeedEvents,
  { retainKeysMs, log, now }: Dependencies,
): StatusFeed {
  const stopping = new AbortController();
  const lists = new Map<number, KnownList>();
  let readAt: { wallMs: number; monotonicMs: number } | undefined;
  let mustRead = false;
  let wake: () => void = () => undefined;

  const readNow = () => {
    mustRead = true;
    wake();
  };
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, READ_EVERY_MS).unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (mustRead || stopping.signal.aborted) wake();
    });

  const learn = (list: KnownList, change: ListChange) => {
    const outcome = applyChange(list, change);
    if (outcome === 'new') events.onChange(list, change);
    return outcome;
  };

  const onNotice = (payload: string | undefined) => {
    const notice = readStatusNotice(payload);
    if (!notice || 'removedKey' in notice) return readNow();
    const list = lists.get(notice.list);
    if (!list || (notice.seq > list.seq && !notice.idx)) return readNow();
    const { seq, idx: indices = [] } = notice;
    if (learn(list, { seq, indices }) === 'gap') readNow();
  };

  /** @throws Error when a change is not there although a later one is */
  const catchUp = async (connection: StatusConnection, list: KnownList, { seq }: ListRow) => {
    while (list.seq < seq) {
      const after = { seq: list.seq, take: CHANGES_A_QUERY };
      const changes = await connection.listChanges(list.id, after);
      const heard = lists.get(list.id) === list;
      const gap = changes.find(
        (change) => (heard ? learn(list, change) : applyChange(list, change)) === 'gap',
      );
      if (gap || changes.length === 0) {
        throw new Error(`status list ${list.id} has no change ${list.seq + 1}`);
      }
    }
  };

  const readLists = async (connection: StatusConnection) => {
    const before = new Map([...lists].map(([id, { seq }]) => [id, seq]));
    const rows = await connection.listLive(new Date(now()));
    const live = new Set(rows.map(({ id }) => id));
    let isOther = false;
    for (const row of rows) {
      // The database was restored from a backup: its numbers are given out a second time.
      if (row.seq < (before.get(row.id) ?? 0)) live.delete(row.id);
    }
    for (const id of before.keys()) {
      if (!live.has(id)) isOther = lists.delete(id);
    }
    for (const row of rows) {
      const list = lists.get(row.id) ?? emptyList(row);
      await catchUp(connection, list, row);
      if (lists.get(row.id) === list) continue;
      lists.set(row.id, list);
      isOther = true;
    }
    return isOther;
  };

  const read = async (connection: StatusConnection) => {
    mustRead = false;
    const began = { wallMs: now(), monotonicMs: performance.now() };
    if (await readLists(connection)) events.onLists(lists);
    if (retainKeysMs !== undefined) {
      const since = new Date(began.wallMs - retainKeysMs);
      await events.onRemovedKeys(await connection.listRemovedKeys(since, retainKeysMs));
    }
    readAt = began;
    events.onRead();
  };

  const open = async () => {
    const connection = await connect({ onNotice, onLost: () => wake() });
    try {
      await read(connection);
      return connection;
    } catch (error) {
      void connection.close();
      throw error;
    }
  };

  const follow = async () => {
    const { signal } = stopping;
    const connection = await pRetry(open, {
      ...RECONNECT,
      signal,
      onFailedAttempt({ error, attemptNumber }) {
        if (attemptNumber === 1) log.warn({ err: error }, 'status lists cannot be read');
      },
    });
    log.info({ lists: lists.size }, 'status lists are known');
    try {
      while (!signal.aborted) {
        await pause();
        if (!signal.aborted) await read(connection);
      }
    } finally {
      await connection.close();
    }
  };

  const run = async () => {
    const { signal } = stopping;
    while (!signal.aborted) {
      await follow().catch((err: unknown) => {
        if (!signal.aborted) log.warn({ err }, 'the connection that hears of revocations is lost');
      });
      // Not all instances at the same moment.
      const waitMs = RECONNECT.minTimeout * Math.random();
      await delay(waitMs, undefined, { ref: false, signal }).catch(() => undefined);
    }
  };
  const running = run();

  const ageMs = () => (readAt ? performance.now() - readAt.monotonicMs : Number.POSITIVE_INFINITY);
  return {
    lists: () => readAt && lists,
    readAt: () => readAt?.wallMs ?? 0,
    ageMs,
    isCurrent: () => ageMs() <= CURRENT_MS,
    async close() {
      stopping.abort();
      wake();
      await running;
    },
  };
}
