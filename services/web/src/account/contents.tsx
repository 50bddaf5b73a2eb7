import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import styles from './contents.module.css';

/** The parts of the page; each has its name as its anchor. */
export const PARTS = ['profile', 'password', 'factors', 'sessions', 'apps', 'deletion'] as const;

/** Where there is room for it. */
export function Contents() {
  const { t } = useTranslation('account');
  return (
    <nav className={styles.contents} aria-labelledby="account-contents">
      <p id="account-contents" className={styles.title}>
        {t('contents')}
      </p>
      <ul>
        {PARTS.map((part) => (
          <li key={part}>
            <Link
              to="/account"
              hash={part}
              activeOptions={{ includeHash: true }}
              className={styles.link}
            >
              {t(`${part}.title`)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
