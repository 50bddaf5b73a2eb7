import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Skeleton } from '../ui/states.tsx';
import styles from './paged-list.module.css';
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
  const { t } = useTranslation();
  const { data, error, isPending, hasNextPage, isFetchingNextPage } = query;
  if (isPending) return <Skeleton rows={6} />;
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  const retry = () => void (data ? query.fetchNextPage() : query.refetch());
  return (
    <>
      {data && items.length === 0 && empty}
      {items.length > 0 && <Rows label={label}>{items.map(renderRow)}</Rows>}
      {error && <ErrorNotice error={error} onRetry={retry} />}
      {hasNextPage && !error && (
        <div className={styles.more}>
          <Button isBusy={isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('loadMore')}
          </Button>
        </div>
      )}
    </>
  );
}
