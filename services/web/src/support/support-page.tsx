import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Outlet, useParams, useSearch } from '@tanstack/react-router';
import { LifeBuoy, MessagesSquare, Plus } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { profileQuery, useHasRole } from '../session/session.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Pending } from '../ui/pending.tsx';
import { Empty } from '../ui/states.tsx';
import { NewTicket } from './new-ticket.tsx';
import { QueueFilters } from './queue-filters.tsx';
import styles from './support-page.module.css';
import { withoutForm } from './support-search.ts';
import { TicketList } from './ticket-list.tsx';
import { ticketQuery, ticketsQuery } from './ticket-queries.ts';

/** Waits for the roles: what the list holds depends on them. */
export function SupportPage() {
  const profile = useQuery(profileQuery);
  if (!profile.data && !profile.isError) return <Pending query={profile} />;
  return <Tickets />;
}

function Tickets() {
  const { t } = useTranslation('support');
  const isAgent = useHasRole('agent');
  const search = useSearch({ from: '/support' });
  const { ticketId } = useParams({ strict: false });
  const queue = isAgent ? (search.status ?? 'open') : 'all';
  const owner = isAgent ? search.owner : undefined;
  const list = useInfiniteQuery(ticketsQuery({ queue, owner }));
  const title = isAgent ? t('queueTitle') : t('title');
  useTabTitle(ticketId, title);
  const isWriting = ticketId === undefined && (search.new || search.todo !== undefined);
  const isUnused = !isAgent && list.data?.length === 0;
  const isOpen = isWriting || ticketId !== undefined;
  return (
    <div className={styles.support} data-open={isOpen || undefined}>
      <header className={styles.header}>
        <h1>{title}</h1>
        {!isUnused && !isWriting && (
          <ButtonLink
            to="/support"
            search={{ ...withoutForm(search), new: true }}
            look={isAgent ? 'plain' : 'quiet'}
            icon={<Plus aria-hidden="true" />}
          >
            {t('newTicket')}
          </ButtonLink>
        )}
      </header>
      {isUnused && !isOpen ? (
        <Empty
          icon={<LifeBuoy />}
          title={t('emptyTitle')}
          detail={t('emptyDetail')}
          action={
            <ButtonLink to="/support" search={{ new: true }} look="primary">
              {t('newTicket')}
            </ButtonLink>
          }
        />
      ) : (
        <div className={styles.panes} data-single={isUnused || undefined}>
          <nav className={styles.list} aria-label={t('tickets')}>
            {isAgent && <QueueFilters queue={queue} owner={owner} />}
            <TicketList list={list} queue={queue} isAgent={isAgent} />
          </nav>
          <div className={styles.detail}>
            {isWriting ? <NewTicket todoId={search.todo} /> : <Outlet />}
            {!isOpen && <Empty icon={<MessagesSquare />} title={t('chooseTitle')} />}
          </div>
        </div>
      )}
    </div>
  );
}

/** The subject of the ticket that is open. */
function useTabTitle(ticketId: string | undefined, otherwise: string): void {
  const { t } = useTranslation();
  const { data: ticket } = useQuery({
    ...ticketQuery(ticketId ?? ''),
    enabled: ticketId !== undefined,
  });
  const title = ticketId === undefined ? otherwise : (ticket?.subject ?? otherwise);
  useEffect(() => {
    document.title = `${title} · ${t('brand')}`;
  }, [title, t]);
}
