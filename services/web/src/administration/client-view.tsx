import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { Page, Section } from '../ui/page.tsx';
import { Pending } from '../ui/pending.tsx';
import { BackLink } from './back-link.tsx';
import { ChangeClient } from './change-client.tsx';
import { ClientActions } from './client-actions.tsx';
import { ClientTags } from './client-list.tsx';
import { useGrantName } from './client-nature-fields.tsx';
import styles from './clients.module.css';
import { type Client, clientQuery } from './clients-queries.ts';
import { Code, Facts } from './rows.tsx';

interface ClientViewProps {
  id: string;
  onSecret: (client: Client) => void;
}

export function ClientView({ id, onSecret }: ClientViewProps) {
  const { t } = useTranslation('administration');
  const query = useQuery(clientQuery(id));
  const { data: client } = query;
  return (
    <>
      <BackLink to="/administration/clients">{t('clients.all')}</BackLink>
      <Page
        title={client?.name ?? t('clients.one')}
        lead={<Code>{id}</Code>}
        actions={
          client && (
            <span className={styles.tags}>
              <ClientTags client={client} />
            </span>
          )
        }
      >
        {!client && <Pending query={query} />}
        {client && (
          <>
            <Section title={t('clients.nature')}>
              <ClientFacts client={client} />
            </Section>
            {client.documentFetchedAt === null && (
              <Section title={t('clients.change')}>
                <ChangeClient client={client} />
              </Section>
            )}
            <Section title={t('clients.access')}>
              <ClientActions client={client} onSecret={onSecret} />
            </Section>
            <p className={styles.record}>
              <Link to="/administration/audit" search={{ client_id: id }}>
                {t('clients.record')}
              </Link>
            </p>
          </>
        )}
      </Page>
    </>
  );
}

function ClientFacts({ client }: { client: Client }) {
  const { t } = useTranslation('administration');
  const format = useFormat();
  const grantName = useGrantName();
  const { documentFetchedAt: fetchedAt, disabledAt } = client;
  return (
    <Facts
      facts={[
        [t('clients.authentication'), t(`clients.authentications.${client.authentication}`)],
        [t('clients.grantTypes'), client.grant_types.map(grantName).join(' · ')],
        [t('clients.since'), format.dateTime(client.createdAt)],
        ...(fetchedAt
          ? ([
              [t('clients.scopes'), <Code key="scopes">{client.scopes.join(' ')}</Code>],
              [t('clients.redirectUris'), <Code key="uris">{client.redirect_uris.join(' ')}</Code>],
              [t('clients.document'), t('clients.documentRead', { ago: format.ago(fetchedAt) })],
            ] as const)
          : []),
        ...(disabledAt ? ([[t('clients.disabled'), format.dateTime(disabledAt)]] as const) : []),
      ]}
    />
  );
}
