import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { AppWindow, Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/states.tsx';
import { Tag } from '../ui/tag.tsx';
import { type Client, clientsQuery } from './clients-queries.ts';
import { PagedList } from './paged-list.tsx';
import { Code, Row } from './rows.tsx';

export function ClientList() {
  const { t } = useTranslation('administration');
  const query = useInfiniteQuery(clientsQuery);
  return (
    <Page
      title={t('tabs.clients')}
      lead={t('clients.lead')}
      width="wide"
      actions={
        <ButtonLink
          look="primary"
          icon={<Plus aria-hidden="true" />}
          to="/administration/clients"
          search={{ register: true }}
        >
          {t('clients.register')}
        </ButtonLink>
      }
    >
      <PagedList
        label={t('tabs.clients')}
        query={query}
        empty={
          <Empty icon={<AppWindow />} title={t('clients.none')} detail={t('clients.noneDetail')} />
        }
        renderRow={(client) => <ClientRow key={client.client_id} client={client} />}
      />
    </Page>
  );
}

function ClientRow({ client }: { client: Client }) {
  const { t } = useTranslation('administration');
  const format = useFormat();
  return (
    <Row
      title={
        <Link to="/administration/clients" search={{ client: client.client_id }}>
          {client.name}
        </Link>
      }
      tags={<ClientTags client={client} />}
      detail={
        <>
          <Code>{client.client_id}</Code> · {t(`clients.authentications.${client.authentication}`)}
        </>
      }
      aside={format.date(client.createdAt)}
    />
  );
}

export function ClientTags({ client }: { client: Client }) {
  const { t } = useTranslation('administration');
  return (
    <>
      {client.firstParty && <Tag tone="accent">{t('clients.firstParty')}</Tag>}
      {client.documentFetchedAt && <Tag>{t('clients.byDocument')}</Tag>}
      {client.disabledAt && <Tag tone="caution">{t('clients.disabled')}</Tag>}
    </>
  );
}
