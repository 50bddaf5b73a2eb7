import { useQuery } from '@tanstack/react-query';
import { LogOut } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useDeviceName } from '../account/use-device-name.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Section } from '../ui/page.tsx';
import { Pending } from '../ui/pending.tsx';
import { Tag } from '../ui/tag.tsx';
import { ConfirmedAction } from './confirmed-action.tsx';
import styles from './people.module.css';
import { endSessionsOf, personSessionsQuery } from './people-queries.ts';
import { Row, Rows } from './rows.tsx';

interface PersonSessionsProps {
  id: string;
  username: string;
  isSelf: boolean;
}

export function PersonSessions({ id, username, isSelf }: PersonSessionsProps) {
  const { t } = useTranslation('administration');
  const format = useFormat();
  const nameOf = useDeviceName();
  const query = useQuery(personSessionsQuery(id));
  const { data: sessions } = query;
  return (
    <Section
      title={t('people.sessions')}
      lead={t('people.sessionsLead')}
      actions={
        sessions &&
        sessions.length > 0 && (
          <ConfirmedAction
            label={t('people.endSessions')}
            icon={<LogOut aria-hidden="true" />}
            question={t('people.endSessionsQuestion', { username })}
            detail={t(isSelf ? 'people.endOwnSessionsDetail' : 'people.endSessionsDetail')}
            done={t('people.sessionsEnded')}
            run={() => endSessionsOf(id)}
          />
        )
      }
    >
      {!sessions && <Pending query={query} rows={2} />}
      {sessions?.length === 0 && <p className={styles.none}>{t('people.noSessions')}</p>}
      {sessions && sessions.length > 0 && (
        <Rows label={t('people.sessions')}>
          {sessions.map((session) => (
            <Row
              key={session.id}
              title={nameOf(session.device)}
              tags={session.current && <Tag tone="accent">{t('people.thisSession')}</Tag>}
              detail={t('people.sessionDetail', {
                client: session.client_name,
                address: session.address ?? '–',
                since: format.dateTime(session.createdAt),
              })}
              aside={t('people.lastUsed', { ago: format.ago(session.lastUsedAt) })}
            />
          ))}
        </Rows>
      )}
    </Section>
  );
}
