import { useQuery } from '@tanstack/react-query';
import { Activity } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Page, Section } from '../ui/page.tsx';
import { Pending } from '../ui/pending.tsx';
import { Empty, ErrorNotice } from '../ui/states.tsx';
import { Facts } from './rows.tsx';
import { ServiceHealth } from './service-health.tsx';
import { SystemFigures } from './system-figures.tsx';
import type { SystemPicture } from './system-picture.ts';
import { systemQuery } from './system-query.ts';
import { Verdict } from './verdict.tsx';

/** How the system is doing now. */
export function SystemPage() {
  const { t } = useTranslation('administration');
  const query = useQuery(systemQuery);
  const { data, error, isPending, refetch } = query;
  const isUnavailable = error instanceof Problem && error.status === 404;
  return (
    <Page title={t('tabs.system')} width="wide">
      {isPending && <Pending query={query} rows={5} />}
      {isUnavailable ? (
        <Empty
          icon={<Activity />}
          title={t('system.unavailable')}
          detail={t('system.unavailableDetail')}
        />
      ) : (
        error && <ErrorNotice error={error} onRetry={() => void refetch()} />
      )}
      {data && !isUnavailable && (
        <>
          {!error && <Verdict picture={data.picture} />}
          <SystemFigures picture={data.picture} samples={data.samples} />
          <Section title={t('system.services')}>
            <ServiceHealth services={data.picture.services} />
          </Section>
          <Revocation picture={data.picture} />
        </>
      )}
    </Page>
  );
}

function Revocation({ picture: { revocation, startedAt } }: { picture: SystemPicture }) {
  const { t } = useTranslation('administration');
  const format = useFormat();
  const { isConnected, lastEventDelayMs, listAgeSeconds } = revocation;
  return (
    <Section title={t('system.revocation')} lead={t('system.revocationLead')}>
      <Facts
        facts={[
          [t('system.events'), t(isConnected ? 'system.connected' : 'system.apart')],
          [
            t('system.lastDelay'),
            lastEventDelayMs === null
              ? t('system.noEventYet')
              : t('system.ms', { value: format.number(lastEventDelayMs) }),
          ],
          [
            t('system.listAge'),
            listAgeSeconds === null
              ? t('system.noListYet')
              : t('system.seconds', { value: format.number(listAgeSeconds) }),
          ],
          [t('system.startedAt'), `${format.dateTime(startedAt)} (${format.ago(startedAt)})`],
        ]}
      />
    </Section>
  );
}
