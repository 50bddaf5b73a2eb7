import type { Log } from '@latchkey/service-kit/process/log';
import { applyChange, emptyList, type KnownList } from './known-lists.ts';
import { readStatusNotice } from './status-channel.ts';
import type { ListChange, ListRow, StatusConnection } from './status-list-repository.ts';

export interface ListEvents {
  onChange(list: KnownList, change: ListChange): void;
  /** Lists opened, or are no longer live: these are, in the order of their ids. */
  onLists(lists: ReadonlyMap<number, KnownList>): void;
}

const CHANGES_A_QUERY = 2_000;

/** Keeps the live lists in memory, from notifications and from readings that make up for lost ones. */
export function listReading({ onChange, onLists }: ListEvents, log: Log) {
  const lists = new Map<number, KnownList>();

  const learn = (list: KnownList, change: ListChange) => {
    const outcome = applyChange(list, change);
    if (outcome === 'new') onChange(list, change);
    return outcome;
  };

  /** @throws Error when a change is not there although a later one is */
  const catchUp = async (
    connection: StatusConnection,
    list: KnownList,
    upTo: number,
    add: typeof applyChange,
  ) => {
    while (list.seq < upTo) {
      const after = { seq: list.seq, take: CHANGES_A_QUERY };
      const changes = await connection.listChanges(list.id, after);
      if (changes.length === 0 || changes.some((change) => add(list, change) === 'gap')) {
        throw new Error(`status list ${list.id} has no change ${list.seq + 1}`);
      }
    }
  };

  /** Forgets lists that are over. One whose number fell is another: a backup was restored. */
  const forget = (rows: readonly ListRow[], before: ReadonlyMap<number, number>): boolean => {
    const numbers = new Map(rows.map(({ id, seq }) => [id, seq]));
    const over = [...before].filter(([id, seq]) => (numbers.get(id) ?? -1) < seq);
    for (const [id] of over) {
      lists.delete(id);
      if (numbers.has(id)) log.warn({ list: id }, 'a status list was set back in the database');
    }
    return over.length > 0;
  };

  return {
    lists: lists as ReadonlyMap<number, KnownList>,

    /** @returns whether something is missing that only a reading brings */
    hear(payload: string | undefined): 'known' | 'must read' {
      const notice = readStatusNotice(payload);
      if (!notice || 'removedKey' in notice) return 'must read';
      const { list: id, seq, idx } = notice;
      const list = lists.get(id);
      if (list && seq <= list.seq) return 'known';
      if (!list || !idx) return 'must read';
      return learn(list, { seq, indices: idx }) === 'gap' ? 'must read' : 'known';
    },

    /** Reads what is missing of the lists that are live at this time. */
    async read(connection: StatusConnection, at: Date): Promise<void> {
      // Notifications come in while the answer is awaited.
      const before = new Map([...lists].map(([id, { seq }]) => [id, seq]));
      const rows = await connection.listLive(at);
      let areOthers = forget(rows, before);
      for (const row of rows) {
        const list = lists.get(row.id);
        if (list) {
          await catchUp(connection, list, row.seq, learn);
          continue;
        }
        // No one was told of it: its changes so far are no news, the list itself is.
        const opened = emptyList(row);
        await catchUp(connection, opened, row.seq, applyChange);
        lists.set(row.id, opened);
        areOthers = true;
      }
      if (areOthers) onLists(lists);
    },
  };
}
