import type { ListChange, ListRow } from './status-list-repository.ts';

/** A list as this instance knows it. */
export interface KnownList {
  readonly id: number;
  readonly expiresAt: Date;
  /** One bit an index, the least significant of a byte first. */
  readonly bits: Uint8Array;
  /** The number of the last change that is in `bits`. */
  seq: number;
  /** The latest changes, without a gap. */
  recent: ListChange[];
}

/** A listener that missed more of a list is better off fetching it. */
const MAX_RECENT_CHANGES = 1_000;

export const emptyList = ({ id, size, expiresAt }: ListRow): KnownList => ({
  id,
  expiresAt,
  bits: new Uint8Array(Math.ceil(size / 8)),
  seq: 0,
  recent: [],
});

/** @returns `known` when it was in already, `gap` when one before it is missing: then it is left out */
export function applyChange(list: KnownList, change: ListChange): 'new' | 'known' | 'gap' {
  const { seq, indices } = change;
  if (seq <= list.seq) return 'known';
  if (seq > list.seq + 1) return 'gap';
  for (const index of indices) {
    const byte = index >> 3;
    // An index beyond the list has no byte: writing there does nothing.
    list.bits[byte] = (list.bits[byte] ?? 0) | (1 << (index & 7));
  }
  list.seq = seq;
  list.recent.push(change);
  // Twice as many before it is cut, so that cutting costs nothing to speak of.
  if (list.recent.length > 2 * MAX_RECENT_CHANGES) {
    list.recent = list.recent.slice(-MAX_RECENT_CHANGES);
  }
  return 'new';
}

/** The changes after `seq`; undefined when some of them are no longer at hand. */
export function changesAfter(list: KnownList, seq: number): readonly ListChange[] | undefined {
  const missing = list.seq - seq;
  return missing > list.recent.length ? undefined : list.recent.slice(list.recent.length - missing);
}
