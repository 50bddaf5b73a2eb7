import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { profileQuery } from '../session/session.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Pending } from '../ui/pending.tsx';
import styles from './administration-page.module.css';

const TABS = ['system', 'people', 'clients', 'keys', 'audit'] as const;

/** What is above every page of administration; for administrators only. */
export function AdministrationPage() {
  const { t } = useTranslation(['administration', 'common']);
  const query = useQuery(profileQuery);
  const { data: profile, isPending } = query;
  if (isPending) return <Pending query={query} />;
  if (!profile) {
    return (
      <Page title={t('title')}>
        <Pending query={query} />
      </Page>
    );
  }
  if (!profile.roles.includes('admin')) {
    return (
      <Page title={t('notYoursTitle')} lead={t('notYoursDetail')}>
        <ButtonLink to="/">{t('common:backHome')}</ButtonLink>
      </Page>
    );
  }
  return (
    <>
      <nav className={styles.tabs} aria-label={t('title')}>
        <ul>
          {TABS.map((tab) => (
            <li key={tab}>
              <Link to={`/administration/${tab}`} className={styles.tab}>
                {t(`tabs.${tab}`)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <Outlet />
    </>
  );
}
