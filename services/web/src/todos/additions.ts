import { arrivedKeys } from '../api/arrived.ts';
import { tabList } from '../api/tab-list.ts';
import type { TodoFields } from './rows.ts';
import type { Todo } from './todos-query.ts';

/** A todo that the service has not accepted yet. */
export interface Addition {
  key: string;
  writtenAt: string;
  fields: TodoFields;
  /** It failed, or the page went away before the answer. */
  isUnsent: boolean;
}

const additions = tabList<Addition>('todos-to-add', (kept) => ({ ...kept, isUnsent: true }));
/** Todos that belong to an addition of this page. */
const acceptedIds = new Set<number>();

export const useAdditions = additions.useItems;

/** Kept until the service has it or the person drops it. */
export function keepAddition(fields: TodoFields): Addition {
  const addition: Addition = {
    key: crypto.randomUUID(),
    writtenAt: new Date().toISOString(),
    fields,
    isUnsent: false,
  };
  additions.write([addition, ...additions.read()]);
  return addition;
}

const mark = (key: string, isUnsent: boolean): void =>
  additions.write(
    additions.read().map((each) => (each.key === key ? { ...each, isUnsent } : each)),
  );

export const failAddition = (key: string): void => mark(key, true);

/** @returns whether it may be sent again: it waits for that, and was not dropped */
export function takeAgain(key: string): boolean {
  const isWaiting = additions.read().some((each) => each.key === key && each.isUnsent);
  mark(key, false);
  return isWaiting;
}

export const dropAddition = (key: string): void =>
  additions.write(additions.read().filter((each) => each.key !== key));

export function acceptAddition(key: string, { id }: Todo): void {
  acceptedIds.add(id);
  dropAddition(key);
}

/** Drops those that the service has after all: its answer was lost. */
export function dropArrived(todos: readonly Todo[]): void {
  const unsent = additions.read().filter(({ isUnsent }) => isUnsent);
  if (unsent.length === 0) return;
  const arrived = arrivedKeys(
    unsent.map(({ key, writtenAt, fields }) => ({ key, writtenAt, text: fields.title })),
    todos
      .filter(({ id }) => !acceptedIds.has(id))
      .map(({ title, createdAt }) => ({ text: title, createdAt })),
  );
  for (const key of arrived) dropAddition(key);
}
