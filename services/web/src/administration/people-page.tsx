import { useTranslation } from 'react-i18next';
import { Page } from '../ui/page.tsx';

export function PeoplePage() {
  const { t } = useTranslation('administration');
  return <Page title={t('title')} />;
}
