import { useTranslation } from 'react-i18next';
import { ButtonAnchor } from '../ui/button.tsx';
import styles from './account.module.css';
import { SECURITY_PAGE } from './factors.ts';

/** In place of a form that takes the password. */
export function NoPasswordYet() {
  const { t } = useTranslation('account');
  return (
    <div className={styles.form}>
      <p>{t('password.neededFirst')}</p>
      <div className={styles.formActions}>
        <ButtonAnchor look="primary" href={SECURITY_PAGE}>
          {t('password.set')}
        </ButtonAnchor>
      </div>
    </div>
  );
}
