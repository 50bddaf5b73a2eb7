import type { Log } from '@latchkey/service-kit/process/log';
import type { KnownList } from './known-lists.ts';
import { type ListEvents, listReading } from './list-reading.ts';
import type { StatusConnection, StatusListRepository } from './status-list-repository.ts';

/** What is called when this instance learns something. None may throw. */
export interface StatusFeedEvents extends ListEvents {
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

/** What this instance knows of the status lists. */
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

/**
 * Follows the status lists of the database: hears each change as it is committed, and reads once a
 * second, on the same connection, what it may not have heard. An answer proves that the connection
 * still works.
 */
export function openStatusFeed(
  { follow }: StatusListRepository,
  events: StatusFeedEvents,
  { retainKeysMs, log, now }: Dependencies,
): StatusFeed {
  const reading = listReading(events, log);
  // The age is taken from a clock that no one sets.
  let began: { wallMs: number; monotonicMs: number } | undefined;

  const read = async (connection: StatusConnection) => {
    const beginning = { wallMs: now(), monotonicMs: performance.now() };
    await reading.read(connection, new Date(beginning.wallMs));
    if (retainKeysMs !== undefined) {
      const since = new Date(beginning.wallMs - retainKeysMs);
      await events.onRemovedKeys(await connection.listRemovedKeys(since, retainKeysMs));
    }
    began = beginning;
    events.onRead();
  };

  const following = follow({
    onNotice: (payload) => (reading.hear(payload) === 'known' ? undefined : 'read'),
    read,
    readEveryMs: READ_EVERY_MS,
    onOpen: () => log.info({ lists: reading.lists.size }, 'the status lists are known'),
    onLost: (err) => log.warn({ err }, 'the connection that hears of revocations is lost'),
    onUnavailable: (err) => log.warn({ err }, 'the status lists cannot be read'),
  });

  const ageMs = () => (began ? performance.now() - began.monotonicMs : Number.POSITIVE_INFINITY);
  return {
    lists: () => began && reading.lists,
    readAt: () => began?.wallMs ?? 0,
    ageMs,
    isCurrent: () => ageMs() <= CURRENT_MS,
    close: following.close,
  };
}
