import { CloudOff, Inbox } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem.ts';
import { Button } from './button.tsx';
import styles from './states.module.css';

interface EmptyProps {
  title: string;
  detail?: ReactNode;
  icon?: ReactNode;
  action?: ReactNode;
}

/** Where there is nothing yet, and what to do about it. */
export function Empty({ title, detail, icon = <Inbox />, action }: EmptyProps) {
  return (
    <div className={styles.empty}>
      <span className={styles.icon} aria-hidden="true">
        {icon}
      </span>
      <p className={styles.title}>{title}</p>
      {detail && <p className={styles.detail}>{detail}</p>}
      {action}
    </div>
  );
}

/** What a person can make of an error; the services' own texts are for developers. */
export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof Problem)) return t('problem.unknown');
    const { status } = error;
    if (status === 0) return t('problem.offline');
    if (status === 401) return t('problem.signIn');
    if (status === 403) return t('problem.forbidden');
    if (status === 404) return t('problem.notFound');
    if (status === 429) return t('problem.tooMany');
    if (status >= 500) return t('problem.unavailable');
    if (status === 400 || status === 422) return t('problem.invalid');
    return t('problem.unknown');
  };
}

export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const textOf = useProblemText();
  return (
    <div className={styles.error} role="alert">
      <CloudOff aria-hidden="true" />
      <p>{textOf(error)}</p>
      {onRetry && <Button onClick={onRetry}>{t('retry')}</Button>}
    </div>
  );
}

/** Holds the place of rows that are on their way. */
export function Skeleton({ rows = 4 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <div className={styles.skeleton} role="status" aria-label={t('loading')}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows without content have nothing else.
        <span key={row} />
      ))}
    </div>
  );
}
