import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheckBig, CircleUserRound, House, MessagesSquare, Settings2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { profileQuery, sessionQuery } from '../session/session.ts';
import styles from './navigation.module.css';
import { PersonMenu } from './person-menu.tsx';
import { ServiceLinks } from './service-links.tsx';

/** A column on a wide screen; a bar at the foot of a phone's. */
export function Navigation() {
  const { t } = useTranslation();
  const { data: session } = useQuery(sessionQuery);
  const isSignedIn = session?.signedIn ?? false;
  const { data: profile } = useQuery({ ...profileQuery, enabled: isSignedIn });
  const isAdministrator = profile?.roles.includes('admin') ?? false;
  return (
    <header className={styles.bar} data-signed-in={isSignedIn || undefined}>
      <Link to="/" className={styles.brand}>
        <span className={styles.logo} aria-hidden="true">
          L
        </span>
        {t('brand')}
      </Link>
      {isSignedIn && (
        <nav aria-label={t('mainNavigation')} className={styles.navigation}>
          <ul className={styles.links}>
            <li>
              <Link to="/" className={styles.link} activeOptions={{ exact: true }}>
                <House aria-hidden="true" />
                <span>{t('home')}</span>
              </Link>
            </li>
            <li>
              <Link to="/todos" className={styles.link}>
                <CircleCheckBig aria-hidden="true" />
                <span>{t('todos')}</span>
              </Link>
            </li>
            <li>
              <Link to="/support" className={styles.link}>
                <MessagesSquare aria-hidden="true" />
                <span>{t('support')}</span>
              </Link>
            </li>
            <li>
              <Link to="/account" className={styles.link}>
                <CircleUserRound aria-hidden="true" />
                <span>{t('account')}</span>
              </Link>
            </li>
            {isAdministrator && (
              <li>
                <Link to="/administration" className={styles.link}>
                  <Settings2 aria-hidden="true" />
                  <span>{t('administration')}</span>
                </Link>
              </li>
            )}
          </ul>
          <ServiceLinks links={session?.links ?? []} />
        </nav>
      )}
      <PersonMenu session={session} />
    </header>
  );
}
