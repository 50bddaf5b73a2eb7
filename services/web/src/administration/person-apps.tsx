import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { clientIdSegment } from '../api/client-id-segment.ts';
import { auth } from '../api/clients.ts';
import { unwrap } from '../api/problem.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Section } from '../ui/page.tsx';
import { Pending } from '../ui/pending.tsx';
import { ConfirmedAction } from './confirmed-action.tsx';
import styles from './people.module.css';
import { personAppsQuery } from './people-queries.ts';
import { Code, Row, Rows } from './rows.tsx';

/** What others publish, and the person let in. */
export function PersonApps({ id }: { id: string }) {
  const { t } = useTranslation('administration');
  const format = useFormat();
  const query = useQuery(personAppsQuery(id));
  const { data: apps } = query;
  return (
    <Section title={t('people.apps')} lead={t('people.appsLead')}>
      {!apps && <Pending query={query} rows={1} />}
      {apps?.length === 0 && <p className={styles.none}>{t('people.noApps')}</p>}
      {apps && apps.length > 0 && (
        <Rows label={t('people.apps')}>
          {apps.map((app) => (
            <Row
              key={app.client_id}
              title={app.name}
              detail={
                <>
                  {app.host && <p>{app.host}</p>}
                  <p>{t('people.allowedAgo', { ago: format.ago(app.since) })}</p>
                  <Code>{app.scopes.join(' ')}</Code>
                </>
              }
              aside={
                <ConfirmedAction
                  label={t('people.endApp')}
                  question={t('people.endAppQuestion', { app: app.name })}
                  detail={t('people.endAppDetail')}
                  done={t('people.appEnded')}
                  run={() =>
                    unwrap(
                      auth.DELETE('/admin/users/{id}/apps/{clientId}', {
                        params: { path: { id, clientId: clientIdSegment(app.client_id) } },
                      }),
                    )
                  }
                />
              }
            />
          ))}
        </Rows>
      )}
    </Section>
  );
}
