import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import styles from './more-rows.module.css';
import { ErrorNotice } from './states.tsx';

interface MoreRowsProps {
  query: Pick<
    UseInfiniteQueryResult,
    | 'error'
    | 'hasNextPage'
    | 'isFetchingNextPage'
    | 'isFetchNextPageError'
    | 'fetchNextPage'
    | 'refetch'
  >;
  /** In place of the query's own, where something follows. */
  onMore?: () => unknown;
}

/** The end of a list that comes page by page: a way to more of it, or what went wrong. */
export function MoreRows({ query, onMore = () => query.fetchNextPage() }: MoreRowsProps) {
  const { t } = useTranslation();
  const { error, hasNextPage, isFetchingNextPage, isFetchNextPageError } = query;
  if (error && !isFetchingNextPage) {
    const retry = isFetchNextPageError ? onMore : query.refetch;
    return <ErrorNotice error={error} onRetry={() => void retry()} />;
  }
  if (!hasNextPage) return null;
  return (
    <div className={styles.more}>
      <Button isBusy={isFetchingNextPage} onClick={() => void onMore()}>
        {t('loadMore')}
      </Button>
    </div>
  );
}
