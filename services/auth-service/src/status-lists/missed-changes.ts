import type { QueuedChange } from './change-event.ts';
import type { Position } from './event-id.ts';
import { changesAfter, type KnownList } from './known-lists.ts';

/** A listener that missed more fetches the lists. */
const MAX_INDICES = 10_000;

/**
 * What a listener at `since` has to be told to be where the others are. Lists of which it missed too
 * much, and lists that are new to it, are left out: the state says so.
 */
export function missedChanges(
  since: Position,
  told: Position,
  live: ReadonlyMap<number, KnownList>,
): QueuedChange[] {
  const missed: QueuedChange[] = [];
  let indices = 0;
  for (const [id, seq] of since) {
    const list = live.get(id);
    const upTo = told.get(id) ?? 0;
    const changes = (list && changesAfter(list, seq))?.filter((change) => change.seq <= upTo) ?? [];
    const more = changes.reduce((sum, change) => sum + change.indices.length, 0);
    if (indices + more > MAX_INDICES) continue;
    indices += more;
    for (const change of changes) missed.push({ list: id, ...change });
  }
  return missed;
}
