import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { ListTodo } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { MoreRows } from '../ui/more-rows.tsx';
import { Pending } from '../ui/pending.tsx';
import { Empty } from '../ui/states.tsx';
import { type Queue, withoutForm } from './support-search.ts';
import styles from './ticket-list.module.css';
import type { Ticket } from './ticket-queries.ts';
import { TicketStatus } from './ticket-status.tsx';

interface TicketListProps {
  list: UseInfiniteQueryResult<Ticket[]>;
  queue: Queue;
  isAgent: boolean;
}

export function TicketList({ list, queue, isAgent }: TicketListProps) {
  const { t } = useTranslation('support');
  const { data: tickets } = list;
  if (!tickets) return <Pending query={list} rows={5} />;
  if (tickets.length === 0) {
    return queue === 'open' ? (
      <Empty title={t('queue.nobodyWaits')} detail={t('queue.nobodyWaitsDetail')} />
    ) : (
      <Empty title={t('queue.emptyTitle')} />
    );
  }
  return (
    <>
      <ul className={styles.tickets}>
        {tickets.map((ticket) => (
          <li key={ticket.id}>
            <TicketLink ticket={ticket} isAgent={isAgent} />
          </li>
        ))}
      </ul>
      <MoreRows query={list} />
    </>
  );
}

function TicketLink({ ticket, isAgent }: { ticket: Ticket; isAgent: boolean }) {
  const { t } = useTranslation('support');
  const search = useSearch({ from: '/support' });
  const format = useFormat();
  const { id, subject, owner, status, todo, updatedAt } = ticket;
  return (
    <Link
      to="/support/$ticketId"
      params={{ ticketId: `${id}` }}
      search={withoutForm(search)}
      className={styles.ticket}
    >
      <span className={styles.subject}>{subject}</span>
      {isAgent && <span className={styles.about}>{t('ofPerson', { username: owner })}</span>}
      {todo && (
        <span className={styles.about}>
          <ListTodo aria-hidden="true" />
          <span>{todo.title}</span>
        </span>
      )}
      <span className={styles.state}>
        <TicketStatus status={status} />
        <time dateTime={updatedAt} title={format.dateTime(updatedAt)}>
          {format.ago(updatedAt)}
        </time>
      </span>
    </Link>
  );
}
