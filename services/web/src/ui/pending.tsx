import { Problem } from '../api/problem.ts';
import { ErrorNotice, Skeleton } from './states.tsx';

interface PendingProps {
  query: { error: unknown; fetchStatus: 'fetching' | 'paused' | 'idle'; refetch: () => unknown };
  /** How many rows hold the place. */
  rows?: number;
}

/** In place of data that a query does not have yet, or cannot have now. */
export function Pending({ query: { error, fetchStatus, refetch }, rows = 4 }: PendingProps) {
  if (fetchStatus === 'paused') return <ErrorNotice error={new Problem('Offline')} />;
  if (error) return <ErrorNotice error={error} onRetry={refetch} />;
  return <Skeleton rows={rows} />;
}
