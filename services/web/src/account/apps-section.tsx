import { queryOptions, useQuery } from '@tanstack/react-query';
import { AppWindow } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { clientIdSegment } from '../api/client-id-segment.ts';
import { auth } from '../api/clients.ts';
import { unwrap } from '../api/problem.ts';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { Section } from '../ui/page.tsx';
import { Pending } from '../ui/pending.tsx';
import { Empty } from '../ui/states.tsx';
import styles from './account.module.css';
import { type App, AppRow } from './app-row.tsx';
import { useEnding } from './use-ending.ts';

const appsQuery = queryOptions({
  queryKey: ['account', 'apps'],
  queryFn: () => unwrap(auth.GET('/users/me/apps')),
});

/** What others may do in the person's name. */
export function AppsSection() {
  const { t } = useTranslation('account');
  const query = useQuery(appsQuery);
  const { data: apps } = query;
  const [leaving, setLeaving] = useState<App>();
  const { mutate: end } = useEnding({
    queryKey: appsQuery.queryKey,
    send: ({ client_id }: App) => {
      const path = { clientId: clientIdSegment(client_id) };
      return unwrap(auth.DELETE('/users/me/apps/{clientId}', { params: { path } }));
    },
    isEnded: ({ client_id }, ended) => client_id === ended.client_id,
    said: ({ name }) => t('apps.ended', { app: name }),
  });
  const body = () => {
    if (!apps) return <Pending query={query} rows={2} />;
    if (apps.length === 0) {
      return <Empty icon={<AppWindow />} title={t('apps.none')} detail={t('apps.noneAbout')} />;
    }
    return (
      <ul className={styles.rows}>
        {apps.map((app) => (
          <AppRow key={app.client_id} app={app} onEnd={() => setLeaving(app)} />
        ))}
      </ul>
    );
  };
  return (
    <Section title={t('apps.title')} lead={t('apps.lead')}>
      {body()}
      <ConfirmDialog
        isOpen={leaving !== undefined}
        title={t('apps.endTitle', { app: leaving?.name })}
        detail={t('apps.endAbout')}
        action={t('apps.end')}
        onCancel={() => setLeaving(undefined)}
        onConfirm={() => {
          setLeaving(undefined);
          if (leaving) end(leaving);
        }}
      />
    </Section>
  );
}
