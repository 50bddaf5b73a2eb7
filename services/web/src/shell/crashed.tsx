import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem.ts';
import { Button } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { ErrorNotice } from '../ui/states.tsx';

/** A page that cannot be drawn; the rest of the app goes on. */
export function Crashed({ error }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  if (error instanceof Problem) {
    return (
      <Page title={t('crashedTitle')}>
        <ErrorNotice error={error} onRetry={() => void router.invalidate()} />
      </Page>
    );
  }
  return (
    <Page title={t('crashedTitle')} lead={t('crashedDetail')}>
      <Button onClick={() => location.reload()}>{t('reload')}</Button>
    </Page>
  );
}
