import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { MoreRows } from '../ui/more-rows.tsx';
import { Pending } from '../ui/pending.tsx';
import { Rows } from './rows.tsx';

interface PagedListProps<Item> {
  label: string;
  query: UseInfiniteQueryResult<InfiniteData<{ items: Item[] }>>;
  /** In place of a list without rows. */
  empty: ReactNode;
  renderRow: (item: Item) => ReactNode;
}

/** Rows that come page by page. */
export function PagedList<Item>({ label, query, empty, renderRow }: PagedListProps<Item>) {
  const { data, isPending } = query;
  if (isPending) return <Pending query={query} rows={6} />;
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {data && items.length === 0 && empty}
      {items.length > 0 && <Rows label={label}>{items.map(renderRow)}</Rows>}
      <MoreRows query={query} />
    </>
  );
}
