import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Page title={t('notFoundTitle')} lead={t('notFoundDetail')}>
      <ButtonLink to="/">{t('backHome')}</ButtonLink>
    </Page>
  );
}
