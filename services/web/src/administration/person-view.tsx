import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { profileQuery } from '../session/session.ts';
import { Page } from '../ui/page.tsx';
import { Pending } from '../ui/pending.tsx';
import { BackLink } from './back-link.tsx';
import styles from './people.module.css';
import { personQuery } from './people-queries.ts';
import { PersonActions } from './person-actions.tsx';
import { PersonApps } from './person-apps.tsx';
import { PersonRoles } from './person-roles.tsx';
import { PersonSessions } from './person-sessions.tsx';
import { PersonTags } from './person-tags.tsx';

export function PersonView({ id }: { id: string }) {
  const { t } = useTranslation('administration');
  const format = useFormat();
  const query = useQuery(personQuery(id));
  const { data: account } = query;
  const { data: profile } = useQuery(profileQuery);
  const isSelf = profile?.id === account?.id;
  return (
    <>
      <BackLink to="/administration/people" search={({ search }) => (search ? { search } : {})}>
        {t('people.all')}
      </BackLink>
      <Page
        title={account?.username ?? t('people.one')}
        lead={account && t('people.joined', { date: format.dateTime(account.createdAt) })}
        actions={
          account && (
            <span className={styles.tags}>
              <PersonTags account={account} />
            </span>
          )
        }
      >
        {!account && <Pending query={query} />}
        {account?.deletedAt && (
          <p>{t('people.deletedAt', { date: format.dateTime(account.deletedAt) })}</p>
        )}
        {account && !account.deletedAt && (
          <>
            {isSelf && <p className={styles.note}>{t('people.isSelf')}</p>}
            <PersonRoles key={account.roles.join(' ')} account={account} isSelf={isSelf} />
            <PersonSessions id={id} username={account.username} isSelf={isSelf} />
            <PersonApps id={id} />
            <PersonActions account={account} isSelf={isSelf} />
          </>
        )}
        {account && (
          <p className={styles.record}>
            <Link to="/administration/audit" search={{ actor: account.username }}>
              {t('people.whatTheyDid')}
            </Link>
            <Link to="/administration/audit" search={{ subject: account.username }}>
              {t('people.whatWasDone')}
            </Link>
          </p>
        )}
      </Page>
    </>
  );
}
