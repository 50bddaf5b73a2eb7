import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ScrollText } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/states.tsx';
import { AuditFilters } from './audit-filters.tsx';
import { auditQuery } from './audit-query.ts';
import { AuditRow } from './audit-row.tsx';
import { PagedList } from './paged-list.tsx';

const route = getRouteApi('/administration/audit');

/** Who did what to whom, the newest first. */
export function AuditPage() {
  const { t } = useTranslation('administration');
  const filters = route.useSearch();
  const query = useInfiniteQuery(auditQuery(filters));
  return (
    <Page title={t('audit.title')} lead={t('audit.lead')} width="wide">
      <AuditFilters filters={filters} />
      <PagedList
        label={t('audit.title')}
        query={query}
        empty={
          <Empty
            icon={<ScrollText />}
            title={t('audit.none')}
            detail={t('audit.noneDetail')}
            action={
              <ButtonLink to="/administration/audit" search={{}}>
                {t('audit.clear')}
              </ButtonLink>
            }
          />
        }
        renderRow={(event) => <AuditRow key={event.id} event={event} />}
      />
    </Page>
  );
}
