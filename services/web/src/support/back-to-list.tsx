import { useSearch } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../ui/button.tsx';
import styles from './back-to-list.module.css';
import { withoutForm } from './support-search.ts';

/** For screens without room for the list beside what is open. */
export function BackToList() {
  const { t } = useTranslation('support');
  const search = useSearch({ from: '/support' });
  return (
    <div className={styles.back}>
      <ButtonLink
        to="/support"
        search={withoutForm(search)}
        look="plain"
        icon={<ArrowLeft aria-hidden="true" />}
      >
        {t('backToList')}
      </ButtonLink>
    </div>
  );
}
