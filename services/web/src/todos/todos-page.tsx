import { useTranslation } from 'react-i18next';
import { Page } from '../ui/page.tsx';

export function TodosPage() {
  const { t } = useTranslation('todos');
  return <Page title={t('title')} />;
}
