import { useSyncExternalStore } from 'react';

export type TabList<Item> = ReturnType<typeof tabList<Item>>;

/**
 * A list that this tab keeps over a sign-in and a reload, until another person signs in.
 *
 * @param restore what an item is when it was kept by a page that is gone
 */
export function tabList<Item>(name: string, restore = (item: Item) => item) {
  const key = `latchkey-${name}`;
  const listeners = new Set<() => void>();
  let items: readonly Item[] | undefined;
  const read = (): readonly Item[] => {
    items ??= parse<Item>(sessionStorage.getItem(key)).map(restore);
    return items;
  };
  const write = (next: readonly Item[]): void => {
    items = next;
    if (next.length > 0) sessionStorage.setItem(key, JSON.stringify(next));
    else sessionStorage.removeItem(key);
    for (const listener of listeners) listener();
  };
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return { read, write, useItems: () => useSyncExternalStore(subscribe, read) };
}

function parse<Item>(kept: string | null): Item[] {
  try {
    return JSON.parse(kept ?? '[]') as Item[];
  } catch {
    return [];
  }
}
