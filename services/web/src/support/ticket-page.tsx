import { useTranslation } from 'react-i18next';
import { Page } from '../ui/page.tsx';

export function TicketPage() {
  const { t } = useTranslation('support');
  return <Page title={t('title')} />;
}
