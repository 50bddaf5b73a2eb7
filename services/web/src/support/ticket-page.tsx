import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem.ts';
import { sessionQuery, useHasRole } from '../session/session.ts';
import { Button } from '../ui/button.tsx';
import { Pending } from '../ui/pending.tsx';
import { Empty } from '../ui/states.tsx';
import { AnswerForm } from './answer-form.tsx';
import { BackToList } from './back-to-list.tsx';
import { Conversation } from './conversation.tsx';
import { LinkedTodo } from './linked-todo.tsx';
import styles from './ticket-page.module.css';
import { type Ticket as TicketData, ticketQuery } from './ticket-queries.ts';
import { TicketStatus } from './ticket-status.tsx';
import { useSetStatus } from './use-set-status.ts';
import { useTicketFocus } from './use-ticket-focus.ts';

export function TicketPage() {
  const { ticketId } = useParams({ from: '/support/$ticketId' });
  return (
    <section key={ticketId} className={styles.page}>
      <BackToList />
      <Ticket id={ticketId} />
    </section>
  );
}

function Ticket({ id }: { id: string }) {
  const { t } = useTranslation('support');
  const query = useQuery(ticketQuery(id));
  const { data: ticket, error } = query;
  const { data: session } = useQuery(sessionQuery);
  if (error instanceof Problem && [400, 404].includes(error.status)) {
    return <Empty title={t('ticket.goneTitle')} detail={t('ticket.goneDetail')} />;
  }
  if (!ticket) return <Pending query={query} rows={3} />;
  return (
    <>
      <TicketHeader ticket={ticket} isOwn={ticket.owner === session?.username} />
      <Conversation ticketId={id} />
      {ticket.status === 'closed' ? <Reopen id={id} /> : <AnswerForm ticketId={id} />}
    </>
  );
}

function TicketHeader({ ticket, isOwn }: { ticket: TicketData; isOwn: boolean }) {
  const { t } = useTranslation('support');
  const isAgent = useHasRole('agent');
  const heading = useRef<HTMLHeadingElement>(null);
  const { mutate, isPending } = useSetStatus(`${ticket.id}`);
  const { subject, owner, status, todo } = ticket;
  useTicketFocus(heading, status === 'closed');
  return (
    <header className={styles.header}>
      <h2 ref={heading} tabIndex={-1} className={styles.subject}>
        {subject}
      </h2>
      {status !== 'closed' && (
        <Button isBusy={isPending} onClick={() => mutate('closed')}>
          {t('ticket.close')}
        </Button>
      )}
      <div className={styles.facts}>
        <TicketStatus status={status} />
        {isAgent && !isOwn && (
          <Link
            to="/support"
            search={{ owner, status: 'all' }}
            title={t('queue.allOf', { username: owner })}
          >
            {t('ofPerson', { username: owner })}
          </Link>
        )}
        {todo && <LinkedTodo todo={todo} isOwn={isOwn} />}
      </div>
    </header>
  );
}

function Reopen({ id }: { id: string }) {
  const { t } = useTranslation('support');
  const { mutate, isPending } = useSetStatus(id);
  return (
    <div className={styles.closed}>
      <p role="status">
        <strong>{t('ticket.closedTitle')}</strong> {t('ticket.closedDetail')}
      </p>
      <Button isBusy={isPending} onClick={() => mutate('open')}>
        {t('ticket.reopen')}
      </Button>
    </div>
  );
}
